"""`python -m fieldsync`: the same as the command `fieldsync`."""

from fieldsync.cli import main

if __name__ == "__main__":
    main()
