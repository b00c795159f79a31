"""The command `divide`, with the commands of its other modules.

Nothing heavy is imported before it is needed: the list of commands loads all of them.
"""

import click

from divide.experiments.cli.check import check
from divide.experiments.cli.data import data
from divide.experiments.cli.errors import Commands
from divide.experiments.cli.lists import countries, levers, outcomes, parameters, policies
from divide.experiments.cli.run import run
from divide.experiments.cli.story import story
from divide.experiments.keep.provenance import version


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=None, version=version(), prog_name="divide")
def main() -> None:
    """Agent-based model of the digital divide along the Digital Silk Road.

    Start with "divide run": it compares the status quo with the balanced package and writes
    tables and a report.
    """


for command in (run, policies, levers, outcomes, parameters, countries, check, data, story):
    main.add_command(command)

if __name__ == "__main__":
    main()
