"""Good files of every kind we read, ways to damage them, and a process in which they are read."""
