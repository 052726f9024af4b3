"""Words of the debrief's six pages, as a teacher reads them aloud."""

PAGES = {
    "told.happened": "In {turns} the seats gave {orders}.",
    "told.happened_held": "In {turns} the seats gave {orders}; {held} could not be carried out.",
    "told.turn_one": "one turn",
    "told.turn_many": "{n} turns",
    "told.order_none": "no order at all",
    "told.order_one": "one order",
    "told.order_many": "{n} orders",
    "told.end_yes": "At the end: {came} came about; {not_came} did not.",
    "told.end_all": "At the end: {came} came about.",
    "told.end_none": "At the end: {not_came} did not come about.",
    "told.orders": "Orders, turn by turn, as a table",
    "told.ordered": "{seat} ordered: {order}. {became}",
    "told.waited": "{seat} ordered nothing.",
    "told.left": "{seat} was left to the model.",
    "told.turn": "Turn",
    "told.turn_number": "Turn {turn}, from {date}",
    "told.seat": "Seat",
    "told.order": "Order",
    "told.by": "By",
    "told.became": "What became of it",
    "told.carried": "carried out",
    "told.held": "not possible: {why}",
    "told.nothing_given": "wait",
    "told.by_hold": "nobody in time",
    "told.by_ended": "nobody: the turns were ended",
    "told.by_bot": "a bot",
    "told.by_instructor": "the teacher",
    "told.by_model": "the model",
    "told.decided_by_model": "left to the model",
    "told.filled": "{order} ({filled})",
    "told.chapter": "Turn {turn}: {begins} to {ends}",
    "told.quiet": "Nothing happened.",
    "told.happened_note": (
        "This is what happened in truth. During the exercise each seat saw a part of it, some of it late or wrong."
    ),
    "told.happened_talk_1": "What surprises you in this list?",
    "told.happened_talk_2": "Which of these lines would have changed your orders, had you known it then?",
    "told.likely_none": "Nothing that all could see can be laid over what could have happened.",
    "told.likely_usual": "What all could see went as it often goes when the model decides for every seat.",
    "told.likely_unusual": (
        "What all could see ended where it seldom does when the model decides for every seat: {names}."
    ),
    "told.likely_place": (
        "{name} ended at {value}: higher than in about {share} of {n} futures in which the model decides for "
        "every seat."
    ),
    "told.likely_same": "{name} ended at “{value}”, as in about {share} of {n} such futures.",
    "told.likely_chart": "{name}: our class and {n} futures without it",
    "told.likely_sentence": (
        "The line with dots is our class. The dark band holds the middle half of {n} futures in which the "
        "model decides for every seat, the light band nine in ten. At the end we are at {value}."
    ),
    "told.likely_ends": "Ended as in our class",
    "told.likely_row": "{name}: {value}",
    "told.likely_model": "futures in which the model decides for every seat",
    "told.date": "Date",
    "told.ours": "Our class",
    "told.fan_5": "5 % lie below",
    "told.fan_25": "a quarter below",
    "told.fan_50": "median",
    "told.fan_75": "a quarter above",
    "told.fan_95": "5 % lie above",
    "told.likely_note": (
        "The band is what could have come, with other luck and other facts, if nobody had sat at these seats. "
        "It is no forecast, and to lie outside of it is no mistake. {failed}"
    ),
    "told.likely_failed": "{n} of these futures could not be played to the end and are missing.",
    "told.likely_talk_1": "Where does the line leave the band, and who did what just before?",
    "told.likely_talk_2": "Which of these would a reader of newspapers have called likely?",
    "told.luck_had": "“{name}” came about, and with our orders it does so in {share} of futures like ours: {verdict}.",
    "told.luck_had_not": (
        "“{name}” did not come about; with our orders it does in {share} of futures like ours: {verdict}."
    ),
    "told.luck_likely": "it went the likelier way",
    "told.luck_unlikely": "it went the less likely way, so luck had a large part",
    "told.luck_open": "it could have gone either way",
    "told.luck_sure_had": "{names} came about, and did in every one of {n} futures like ours with our orders.",
    "told.luck_sure_had_not": "{names} did not come about, and did in none of {n} futures like ours with our orders.",
    "told.luck_no_share": "Chance and choice both had their part; the table says how far.",
    "told.luck_chosen": "That is choice.",
    "told.luck_barred": "Half of our orders or more could not be carried out, so that it is what stood in their way as "
    "much as choice.",
    "told.luck_choice_more": (
        "In other futures our orders make “{name}” likelier than the model's own: {ours} against {model}. {verdict}"
    ),
    "told.luck_choice_less": (
        "In other futures our orders make “{name}” less likely than the model's own: {ours} against {model}. {verdict}"
    ),
    "told.luck_choice_none": (
        "In other futures our orders ({ours}) cannot be told apart from the model's own ({model})."
    ),
    "told.luck_impossible": (
        "Played again with other luck, {same} of our orders were impossible and became waiting; in other "
        "futures {other}."
    ),
    "told.luck_chart": "How likely it was",
    "told.dots": "A mark is a share of {n} futures, the bar through it its {level} interval.",
    "told.luck_ours": "our orders, our facts, other luck",
    "told.luck_other": "our orders, other facts and luck",
    "told.luck_model": "the model decides for every seat",
    "told.luck_came": "came about in our class",
    "told.luck_came_not": "did not come about in our class",
    "told.luck_row": "{name} ({came})",
    "told.luck_sentence": (
        "{name}: {ours} with our orders in our facts with other luck, {other} with our orders in other facts, "
        "{model} if the model decides for every seat; it {came}."
    ),
    "told.luck_table": "Other numbers",
    "told.luck_note": (
        "A good decision can end badly, and a bad one well. These are odds in {n} futures of the model each; "
        "the intervals are the error of so many futures, and not of the model. Orders do not answer here to "
        "what happens: they are those that were given, in the same turns."
    ),
    "told.luck_talk_1": "Whom did we praise or blame in class for what was luck?",
    "told.luck_talk_2": "Would you give the same orders again, knowing only what you knew then?",
    "told.measure": "What",
    "told.happened_in_class": "In our class",
    "told.odds_kind": "Odds",
    "told.share": "Share",
    "told.interval": "Interval",
    "told.level": "Level",
    "told.futures": "Futures",
    "told.mean": "Mean",
    "told.turns_most": "Turn {turn}: what was ordered then moved “{name}” by {difference}.",
    "told.turns_also": "Also: {told}.",
    "told.turns_also_one": "turn {turn} moved “{name}” by {difference}",
    "told.turns_none": "No turn's orders moved “{name}” by more than can be told apart from chance.",
    "told.nothing_measured": "The scenario measures nothing, so nothing can be said of it here.",
    "told.turns_nothing": "Nobody gave an order, so no turn can have mattered by one.",
    "told.turns_chart": "What each turn's orders did to “{name}”",
    "told.turns_row": "Turn {turn}: {orders}",
    "told.turns_row_none": "Turn {turn}: nothing was ordered",
    "told.turns_sentence": (
        "Each dot is the orders of one turn against waiting, with everything before and after kept: {rows}."
    ),
    "told.turns_is": "turn {turn} {difference}",
    "told.turns_seats": "Seat by seat: its orders of a turn against waiting, the others' kept",
    "told.turns_other": "The same for what else was moved; everything that is not listed is exactly zero",
    "told.turns_impossible": (
        "Up to {share} of the orders were impossible when a turn was played again with other luck, and became waiting."
    ),
    "told.turns_note": (
        "Seats do not add up: what one seat's order does hangs on what the others ordered, and an order may "
        "need another's. A turn without an order is exactly zero. {n} futures from the moment of each turn, "
        "the same ones with the orders and without."
    ),
    "told.turns_talk_1": "Did that turn feel important while you were in it?",
    "told.turns_talk_2": "Which order would have been worth nothing without another seat's?",
    "told.difference": "Difference",
    "told.pairs": "Pairs of futures",
    "told.verdict": "Verdict",
    "told.seen_chart": "The odds as a turn began, told twice",
    "told.seen_row": "{seat}, turn {turn}: {name}",
    "told.seen_how": (
        "Judge a seat's orders by what it could know. For each seat, the turn in which its orders moved most:"
    ),
    "told.seen_sound": (
        "{seat}, turn {turn}: its orders moved “{name}” by {truth} in truth, and by {seen} as far as it could "
        "tell from what it had seen."
    ),
    "told.seen_few": (
        "{seat}, turn {turn}: too few futures agree with what it had seen to say what it could believe ({n} "
        "of {worlds})."
    ),
    "told.seen_working": "What each seat could believe from its own reports is being worked out.",
    "told.shut": "{gates} stood in the way",
    "told.not_then": "it could not be chosen then",
    "told.if_hold": "Had {seat} not ordered “{order}” in turn {turn}",
    "told.if_instead": "Had {seat} ordered “{new}” in turn {turn} in place of “{order}”",
    "told.if_given": "Had {seat} ordered “{order}” in turn {turn} after all",
    "told.if_answer": "{change}, “{name}” would come about in {new} of futures, and not in {old}: {difference}.",
    "told.if_mean": "{change}, “{name}” would be {new} on average, and not {old}: {difference}.",
    "told.if_asked_same": "{change}, “{name}” would be in each of {n} futures what it was.",
    "told.if_moves": "It would move {moved}.",
    "told.if_moves_one": "“{name}” by {difference}",
    "told.if_moves_nothing": "It would move nothing else that is measured for certain.",
    "told.if_same": "{change}, nothing that is measured would be different.",
    "told.if_predicted": "{n} predicted, {mean} on average, from {low} to {high}. The model's answer is {new}.",
    "told.if_predicted_one": "One of you predicted {mean}. The model's answer is {new}.",
    "told.if_predicted_none": "Nobody predicted.",
    "told.if_near": "The nearest prediction was {near}.",
    "told.if_chart": "With the change and without",
    "told.if_with": "with the change",
    "told.if_without": "as it was",
    "told.if_sentence": "{name}: {new} with the change, {old} as it was.",
    "told.if_table": "What the change does to everything that is measured",
    "told.if_impossible": (
        "When these futures were played, {old} of all orders were impossible and became waiting, and {new} "
        "with the change."
    ),
    "told.if_typical": "One future with the change, neither good nor bad",
    "told.if_better": "One of the better ones",
    "told.if_worse": "One of the worse ones",
    "told.if_note": (
        "{n} futures from the start of turn {turn}: the same past, other luck, once with the change and once "
        "without. All other orders, also the later ones, stay as they were given: nobody answers to the "
        "change. That is what such a number leaves out."
    ),
    "told.if_talk_1": "Who would have acted otherwise after such a change, and in which turn?",
    "told.if_talk_2": "Why was your prediction higher, or lower, than the answer?",
    "told.story_line": "{date}: {what}",
    "told.story_quiet": "Nothing happened.",
    "told.beliefs": "Your forecasts have a Brier score of {score}. 0 is perfect; always saying 50 % gives 0.25.",
    "told.beliefs_better": "That is better than always saying 50 %.",
    "told.beliefs_worse": "That is worse than always saying 50 %.",
    "told.beliefs_none": "No forecast was given that can be scored.",
    "told.beliefs_question": "“{ask}” {came}. {given}",
    "told.beliefs_yes": "Yes",
    "told.beliefs_no": "No",
    "told.beliefs_open": "Not decided",
    "told.beliefs_mean": "On average you said {mean}, from {low} to {high} ({n} answers).",
    "told.beliefs_one": "The one answer was {mean}.",
    "told.beliefs_nobody": "Nobody answered.",
    "told.beliefs_left": "{n} answers to questions that were not decided are left out.",
    "told.beliefs_chart": "What was said, and what came",
    "told.beliefs_row": "Said {low}–{high} %, {n} answers",
    "told.beliefs_row_one": "Said {low}–{high} %, one answer",
    "told.beliefs_said": "what was said, on average",
    "told.beliefs_came": "how often it came",
    "told.beliefs_sentence": "Of what was said to be {low}–{high} % likely (on average {given}), {came} came.",
    "told.beliefs_seats": "Brier score by seat",
    "told.beliefs_score": "Score",
    "told.beliefs_answers": "Answers",
    "told.secrets_far": "{seat} read {read} for “{name}” at the end of turn {turn}, and the truth was {truth}.",
    "told.secrets": "What {seat} was told, beside the truth",
    "told.secrets_what": "What, at the end of turn",
    "told.secrets_row": "{name}, turn {turn}",
    "told.secrets_read": "It read",
    "told.secrets_truth": "The truth",
    "told.beliefs_note": (
        "Answers to one question stand or fall together, so a few questions tell little of how well anybody "
        "forecasts. Reports are beside the truth of the same day, and a report is always some days old."
    ),
    "told.beliefs_talk_1": "Which report did you trust most, and how far was it off?",
    "told.beliefs_talk_2": "Were you surer than you had reason to be?",
}
