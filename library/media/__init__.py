"""Media files: where their bytes live, what they are, and how they are shown.

The port is :mod:`library.media.port`; its adapters are a folder and an S3 bucket. The rest are pure
functions over bytes and text: types by content, pictures, subtitles, names for downloads.
"""
