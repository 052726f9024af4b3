"""What a thing is called when its author gave it no label."""


def label_of(written: str | None, name: str) -> str:
    """The label, or the name in words: `sea_lift` becomes "Sea lift"."""
    if written is not None:
        return str(written)
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]
