"""What stays when the server is switched off: pages of a team and a room, and an offline room."""
