"""Calendar months as instructions: the twin of `model.calendar.add_months`."""

from escalation.model.calendar import DAY

UNIX = 719_163
"""The ordinal of 1970-01-01, as `date.toordinal` counts."""
SHIFT = 719_468
"""Days from 0000-03-01 to 1970-01-01: years that begin in March end with the day that may be missing."""

ADD_MONTHS = f"""\
define internal i64 @add_months(i64 %start, i64 %base, i64 %count) {{
entry:
  %days = udiv i64 %base, {DAY}
  %within = urem i64 %base, {DAY}
  %ordinal = add i64 %start, %days
  %z = add i64 %ordinal, {SHIFT - UNIX}
  %era = udiv i64 %z, 146097
  %era.days = mul i64 %era, 146097
  %doe = sub i64 %z, %era.days
  %a1 = udiv i64 %doe, 1460
  %a2 = udiv i64 %doe, 36524
  %a3 = udiv i64 %doe, 146096
  %a4 = sub i64 %doe, %a1
  %a5 = add i64 %a4, %a2
  %a6 = sub i64 %a5, %a3
  %yoe = udiv i64 %a6, 365
  %b1 = mul i64 %yoe, 365
  %b2 = udiv i64 %yoe, 4
  %b3 = udiv i64 %yoe, 100
  %b4 = add i64 %b1, %b2
  %b5 = sub i64 %b4, %b3
  %doy = sub i64 %doe, %b5
  %c1 = mul i64 %doy, 5
  %c2 = add i64 %c1, 2
  %mp = udiv i64 %c2, 153
  %d1 = mul i64 %mp, 153
  %d2 = add i64 %d1, 2
  %d3 = udiv i64 %d2, 5
  %d4 = sub i64 %doy, %d3
  %day = add i64 %d4, 1
  %early = icmp ult i64 %mp, 10
  %m1 = add i64 %mp, 3
  %m2 = sub i64 %mp, 9
  %month = select i1 %early, i64 %m1, i64 %m2
  %y1 = mul i64 %era, 400
  %y2 = add i64 %y1, %yoe
  %january = icmp ule i64 %month, 2
  %carry = zext i1 %january to i64
  %year = add i64 %y2, %carry
  %t1 = mul i64 %year, 12
  %t2 = add i64 %t1, %month
  %t3 = add i64 %t2, -1
  %total = add i64 %t3, %count
  %new.year = udiv i64 %total, 12
  %r = urem i64 %total, 12
  %new.month = add i64 %r, 1
  %n1 = lshr i64 %new.month, 3
  %n2 = add i64 %n1, %new.month
  %n3 = and i64 %n2, 1
  %usual = add i64 %n3, 30
  %q4 = urem i64 %new.year, 4
  %q100 = urem i64 %new.year, 100
  %q400 = urem i64 %new.year, 400
  %l4 = icmp eq i64 %q4, 0
  %l100 = icmp ne i64 %q100, 0
  %l400 = icmp eq i64 %q400, 0
  %l1 = and i1 %l4, %l100
  %leap = or i1 %l1, %l400
  %february = select i1 %leap, i64 29, i64 28
  %is.february = icmp eq i64 %new.month, 2
  %last = select i1 %is.february, i64 %february, i64 %usual
  %fits = icmp ule i64 %day, %last
  %new.day = select i1 %fits, i64 %day, i64 %last
  %before.march = icmp ule i64 %new.month, 2
  %back = zext i1 %before.march to i64
  %e1 = sub i64 %new.year, %back
  %new.era = udiv i64 %e1, 400
  %e2 = mul i64 %new.era, 400
  %new.yoe = sub i64 %e1, %e2
  %f1 = add i64 %new.month, 9
  %f2 = sub i64 %new.month, 3
  %f3 = select i1 %before.march, i64 %f1, i64 %f2
  %f4 = mul i64 %f3, 153
  %f5 = add i64 %f4, 2
  %f6 = udiv i64 %f5, 5
  %f7 = add i64 %f6, %new.day
  %new.doy = add i64 %f7, -1
  %g1 = mul i64 %new.yoe, 365
  %g2 = udiv i64 %new.yoe, 4
  %g3 = udiv i64 %new.yoe, 100
  %g4 = add i64 %g1, %g2
  %g5 = sub i64 %g4, %g3
  %new.doe = add i64 %g5, %new.doy
  %h1 = mul i64 %new.era, 146097
  %h2 = add i64 %h1, %new.doe
  %h3 = sub i64 %h2, {SHIFT - UNIX}
  %moved = sub i64 %h3, %start
  %i1 = mul i64 %moved, {DAY}
  %due = add i64 %i1, %within
  ret i64 %due
}}
"""
