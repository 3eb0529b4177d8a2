"""What the wiki reaches outside itself: its database, the host's shared memory, files it imports."""
