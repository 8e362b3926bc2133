"""Markdown as this library reads it: files into blocks, blocks into safe HTML or plain words."""

from __future__ import annotations

from library.markdown.admonitions import ADMONITION_TITLES
from library.markdown.blocks import BlockKind, Marker, ParsedBlock
from library.markdown.documents import join, source_hash, split
from library.markdown.plain import plain_text
from library.markdown.rendering import RENDERER_VERSION, inline, render
from library.markdown.scripts import marked
from library.markdown.slugs import slug
from library.markdown.targets import MediaTarget, Resolver, Target

__all__ = [
    "ADMONITION_TITLES",
    "RENDERER_VERSION",
    "BlockKind",
    "Marker",
    "MediaTarget",
    "ParsedBlock",
    "Resolver",
    "Target",
    "inline",
    "join",
    "marked",
    "plain_text",
    "render",
    "slug",
    "source_hash",
    "split",
]
