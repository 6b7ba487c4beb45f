"""Days of work in minutes: `make soak`."""
