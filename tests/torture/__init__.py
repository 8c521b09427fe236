"""
Pulling the plug: real processes of the program, killed at random, against platforms that misbehave.

`python -m tests.torture --runs 200 --seed 1` prints how many processes were killed and what was posted twice or lost. A run
is the life of one process, from its start to its kill -9; several make a world, which is then left alone until it has
settled, and looked over by the one checker.

    __main__.py    the command: worlds side by side, progress, the figures
    world.py       one world: the processes, their kills, its clock, and how it settles
    people.py      who reacts, replies, edits and deletes all the while
    platforms.py   Slack and Discord with weather, and a feed; they live in the world's process, not in the program's
    program.py     how the program is started: itself, with shorter waits
    chores.py      an operator's commands that are killed at work
    tokens.py      stored Slack tokens: rotations of their key that are killed, two processes that refresh one
    hardship.py    a full disk, descriptors that ran out, a clock that is moved
    subscriber.py  a member who sets up a channel in chat
    turns.py       whether a message was under way while its process stood still
    check.py       the invariants

Its processes are forked from an interpreter that has loaded the program's modules already (`tests/fork_server.py`).
"""
