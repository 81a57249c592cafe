"""The command line: parse, call one verb of `skyrack.api`, render. No decision lives here."""
