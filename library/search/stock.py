"""The parts of Whoosh that the engine is made of, without their types.

Releases differ in how much of Whoosh they give types to; what is used here is in all of them.
"""

from __future__ import annotations

from typing import Any, Final

import whoosh.codec.whoosh3
import whoosh.columns
import whoosh.fields
import whoosh.filedb.filestore
import whoosh.filedb.filetables
import whoosh.filedb.structfile
import whoosh.formats
import whoosh.index
import whoosh.matching
import whoosh.reading
import whoosh.util.numeric
import whoosh.writing

_codec: Final[Any] = whoosh.codec.whoosh3
W3Codec: Final[Any] = _codec.W3Codec
W3FieldWriter: Final[Any] = _codec.W3FieldWriter
column_file: Final[Any] = W3Codec.column_filename

_columns: Final[Any] = whoosh.columns
Column: Final[Any] = _columns.Column
ColumnReader: Final[Any] = _columns.ColumnReader
ColumnWriter: Final[Any] = _columns.ColumnWriter
VarBytesColumn: Final[Any] = _columns.VarBytesColumn

_fields: Final[Any] = whoosh.fields
COLUMN: Final[Any] = _fields.COLUMN
FieldType: Final[Any] = _fields.FieldType
Schema: Final[Any] = _fields.Schema

_storage: Final[Any] = whoosh.filedb.filestore
FileStorage: Final[Any] = _storage.FileStorage
_structure: Final[Any] = whoosh.filedb.structfile
StructFile: Final[Any] = _structure.StructFile

_tables: Final[Any] = whoosh.filedb.filetables
OrderedHashWriter: Final[Any] = _tables.OrderedHashWriter

_formats: Final[Any] = whoosh.formats
Frequency: Final[Any] = _formats.Frequency

_index: Final[Any] = whoosh.index
FileIndex: Final[Any] = _index.FileIndex
LockError: Final[type[Exception]] = _index.LockError
TOC: Final[Any] = _index.TOC
clean_files: Final[Any] = _index.clean_files

_matching: Final[Any] = whoosh.matching
ListMatcher: Final[Any] = _matching.ListMatcher
_reading: Final[Any] = whoosh.reading
SegmentReader: Final[Any] = _reading.SegmentReader
_writing: Final[Any] = whoosh.writing
SegmentWriter: Final[Any] = _writing.SegmentWriter

_numeric: Final[Any] = whoosh.util.numeric
byte_to_length: Final[Any] = _numeric.byte_to_length
length_to_byte: Final[Any] = _numeric.length_to_byte
