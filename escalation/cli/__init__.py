"""Arguments to the arrows of the rooms below; exit codes and progress. Imports every room; typer and rich live here."""
