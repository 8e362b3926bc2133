"""Pictures, sound and film in HTML: never a broken picture, never one from somebody else's server."""

from __future__ import annotations

from html import escape

from library.markdown.targets import MediaTarget, Resolver, Target

# The text column of a reading page, see the stylesheet.
PICTURE_SIZES = "(min-width: 48rem) 44rem, 100vw"


def size_note(media: MediaTarget, *, lang: str, resolve: Resolver) -> str:
    """What stands behind the link to a file: its type and size."""
    described = escape(resolve.describe(media, lang=lang), quote=False)
    return f'<span class="size">({described})</span>'


def picture(
    target: Target,
    address: str,
    *,
    alt: str,
    title: str,
    lang: str,
    resolve: Resolver,
    linked: bool,
    asked: tuple[int | None, int | None] = (None, None),
) -> str:
    """The HTML for what an author placed as a picture.

    ``linked`` when it stands inside a link, where no second link may open. ``asked`` is the width
    and height that an author typed in HTML; the other side follows from the picture's own shape.
    """
    media = target.media
    if target.missing or not target.href or (media is None and not target.external):
        words = escape(alt)
        name = words or escape(address)
        return f'<span class="missing-picture" role="img" aria-label="{name}">{words}</span>'
    hint = f' title="{escape(title)}"' if title else ""
    if media is None or (target.external and not media.media_type.startswith("image/")):
        words = escape(alt or address, quote=False)
        if linked:
            return f'<span class="external-picture">{words}</span>'
        link = f'<a class="external-picture" href="{escape(target.href)}"{hint}'
        return f'{link} rel="external noopener">{words}</a>'
    family = media.media_type.partition("/")[0]
    if family == "image":
        return _image(target.href, media, alt=alt, hint=hint, asked=asked)
    if family in ("audio", "video") and not linked:
        return _player(target.href, media, family, alt=alt, lang=lang, resolve=resolve)
    return _file(target.href, media, alt=alt, lang=lang, resolve=resolve, linked=linked)


def _image(
    href: str, media: MediaTarget, *, alt: str, hint: str, asked: tuple[int | None, int | None]
) -> str:
    width, height = media.width, media.height
    if asked[0] and width and height:
        width, height = asked[0], max(1, round(height * asked[0] / width))
    elif asked[1] and width and height:
        width, height = max(1, round(width * asked[1] / height)), asked[1]
    words = [f'src="{escape(href)}"']
    if media.sources:
        sources = ", ".join(f"{url} {pixels}w" for url, pixels in media.sources)
        words.append(f'srcset="{escape(sources)}" sizes="{PICTURE_SIZES}"')
    words.append(_measures(width, height))
    image = f'<img {" ".join(filter(None, words))} alt="{escape(alt)}"{hint} {_LAZY}>'
    if not media.modern:
        return image
    sources = ", ".join(f"{url} {pixels}w" for url, pixels in media.modern)
    choice = f'type="image/avif" srcset="{escape(sources)}" sizes="{PICTURE_SIZES}"'
    return f"<picture><source {choice}>{image}</picture>"


_LAZY = 'loading="lazy" decoding="async"'


def _player(
    href: str, media: MediaTarget, family: str, *, alt: str, lang: str, resolve: Resolver
) -> str:
    plays = media.sources[0][0] if media.sources else href
    words = [f'src="{escape(plays)}"', 'controls preload="none"']
    if alt:
        words.append(f'aria-label="{escape(alt)}"')
    if family == "video":
        words.append(_measures(media.width, media.height))
        if media.poster:
            words.append(f'poster="{escape(media.poster)}"')
    tracks = "".join(
        f'<track kind="subtitles" srclang="{escape(tag)}" label="{escape(name)}"'
        f' src="{escape(url)}"{" default" if tag == lang else ""}>'
        for tag, name, url in media.tracks
    )
    opening = f"<{family} {' '.join(filter(None, words))}>"
    below = _file(href, media, alt="", lang=lang, resolve=resolve, linked=False)
    if media.sound is not None and media.sound.href:
        below += " " + _file(
            media.sound.href, media.sound, alt="", lang=lang, resolve=resolve, linked=False
        )
    return f'<span class="player">{opening}{tracks}</{family}>{below}</span>'


def _file(
    href: str, media: MediaTarget, *, alt: str, lang: str, resolve: Resolver, linked: bool
) -> str:
    words = escape(alt or media.name, quote=False)
    size = size_note(media, lang=lang, resolve=resolve)
    if linked:
        return f'<span class="file">{words} {size}</span>'
    return f'<span class="file"><a href="{escape(href)}" download="">{words}</a> {size}</span>'


def _measures(width: int | None, height: int | None) -> str:
    return f'width="{width}" height="{height}"' if width and height else ""
