"""What is kept on the disk: runs, their ledger, and what vouches for them."""
