"""Pictures: what OCR reads in them."""

from sahut.adapters.parsers.detect import Source
from sahut.adapters.parsers.limits import MAX_IMAGE_DOTS, MAX_PAGES
from sahut.adapters.parsers.ocr import HOW_TO, Ocr, OcrFailed
from sahut.adapters.parsers.writing import Writer
from sahut.ports.parser import DocumentUnreadable, Unreadable


def read_image(source: Source, out: Writer) -> None:
    """Raises:
    DocumentUnreadable: SCANNED without OCR or when it finds nothing; TOO_LARGE, TOO_MANY_PAGES, CORRUPT.
    """
    pages = _checked(source)
    ocr = Ocr()
    if not ocr.works:
        raise DocumentUnreadable(Unreadable.SCANNED, f"The file is a picture. {HOW_TO}")
    try:
        texts = ocr.read_picture(source.file)
    except OcrFailed as error:
        raise DocumentUnreadable(
            Unreadable.SCANNED, f"The file is a picture that OCR can't read ({error}). {HOW_TO}"
        ) from error
    for number, text in enumerate(texts, start=1):
        out.page(number if pages > 1 else 0)
        out.paragraph(text)
    if not out.characters:
        raise DocumentUnreadable(Unreadable.SCANNED, "The file is a picture in which OCR finds no text.")


def _checked(source: Source) -> int:
    """How many pages it has. Only its header is read: a small file may claim a million dots a side."""
    import warnings

    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large and of odd pictures
            with Image.open(source.file, formats=("PNG", "JPEG", "TIFF")) as image:
                dots, pages = image.width * image.height, int(getattr(image, "n_frames", 1))
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise DocumentUnreadable(Unreadable.CORRUPT, "The file is a damaged picture.") from error
    if dots > MAX_IMAGE_DOTS:
        raise _too_large()
    if pages > MAX_PAGES:
        raise DocumentUnreadable(
            Unreadable.TOO_MANY_PAGES, f"More than {MAX_PAGES:,} pages. Divide the file."
        )
    return pages


def _too_large() -> DocumentUnreadable:
    return DocumentUnreadable(
        Unreadable.TOO_LARGE,
        f"The picture has more than {MAX_IMAGE_DOTS // 10**6} million dots. Make it smaller.",
    )
