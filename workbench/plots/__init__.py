"""Charts: each function takes a result and returns a `Chart` or a `Table` in both languages."""
