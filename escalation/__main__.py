"""`python -m escalation` is the command."""

from escalation.cli.command import main

if __name__ == "__main__":
    main()
