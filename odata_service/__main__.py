"""`python -m odata_service`: the command line."""

from odata_service.cli import main

if __name__ == "__main__":
    main()
