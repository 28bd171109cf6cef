"""`python -m ganarium` is `ganarium`."""

from ganarium.cli.main import main

if __name__ == "__main__":
    main()
