"""What is read from kept runs: tables, differences, sensitivity, discoveries."""
