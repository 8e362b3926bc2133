"""The text inside files, and where in the file each piece of it stands.

One module for each format, each a function from a file to `Extract`s, that knows nothing of the
library. Files come from strangers: outside of tests they are read in another process (`process`,
started and watched by `reader`), which has little time, little memory and no secrets.
"""
