"""`python -m divide` is the command `divide`."""

from divide.experiments.cli.main import main

if __name__ == "__main__":
    main()
