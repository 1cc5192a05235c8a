"""What an opened mail shows: one module a tab, each a pure function from the mail to a frozen view."""
