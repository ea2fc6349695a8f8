"""Voice notes: what POST /v1/audio/transcriptions takes, and what it refuses."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.model_api.api_error import ApiError

MAX_BYTES = 26_214_400
_FORMATS = ["flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm"]
# What such a file starts with; the real API finds out when it decodes.
_MAGIC = {"ogg": b"OggS", "oga": b"OggS", "wav": b"RIFF", "flac": b"fLaC"}
_FIELDS = {
    "file", "model", "language", "prompt", "response_format", "temperature", "timestamp_granularities[]",
    "include[]", "chunking_strategy",
}  # fmt: skip
_BOUNDARY = re.compile(r'multipart/form-data;.*\bboundary="?([^";]+)"?', re.IGNORECASE)
_NAME, _FILE_NAME = re.compile(rb'\bname="([^"]*)"'), re.compile(rb'\bfilename="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Upload:
    """The form's fields without the file, and the file. file_name is '' when there was none."""

    fields: Mapping[str, str]
    file_name: str
    content: bytes


def checked_upload(content_type: str, body: bytes) -> Upload:
    """Reads and checks a form; raises ApiError."""
    upload = _parsed(content_type, body)
    for name in sorted(upload.fields.keys() - _FIELDS):
        raise ApiError(400, f"Unrecognized request argument supplied: {name}")
    if not upload.fields.get("model"):
        raise ApiError(400, "you must provide a model parameter")
    if not upload.file_name:
        raise ApiError(
            400, "Missing required parameter: 'file'.", param="file", code="missing_required_parameter"
        )
    _check_file(upload)
    _check_fields(upload.fields)
    return upload


def _check_file(upload: Upload) -> None:
    size = len(upload.content)
    if size > MAX_BYTES:
        message = f"Maximum content size limit ({MAX_BYTES}) exceeded ({size} bytes read)"
        raise ApiError(413, message, type="server_error")
    extension = upload.file_name.rpartition(".")[2].lower()
    if extension not in _FORMATS:
        raise ApiError(400, f"Invalid file format. Supported formats: {_FORMATS}")
    if size < 100:
        message = "Audio file is too short. Minimum audio length is 0.1 seconds."
        raise ApiError(400, message, param="file", code="audio_too_short")
    if not upload.content.startswith(_MAGIC.get(extension, b"")):
        message = "The audio file could not be decoded or its format is not supported."
        raise ApiError(400, message, param="file", code="invalid_value")


def _check_fields(fields: Mapping[str, str]) -> None:
    language = fields.get("language", "")
    if language and not re.fullmatch("[a-z]{2}", language):
        message = f"Invalid language '{language}'. Language parameter must be specified in ISO-639-1 format."
        raise ApiError(400, message, param="language", code="invalid_language_format")
    if fields.get("response_format", "json") != "json":  # the others give no JSON; nobody here asks for them
        message = f"response_format '{fields['response_format']}' is not compatible with this model."
        raise ApiError(400, message, param="response_format", code="unsupported_value")
    try:
        temperature = float(fields.get("temperature", "0"))
    except ValueError:
        temperature = -1.0
    if not 0 <= temperature <= 1:
        message = "Invalid 'temperature': expected a decimal between 0 and 1."
        raise ApiError(400, message, param="temperature", code="invalid_value")


def _parsed(content_type: str, body: bytes) -> Upload:
    boundary = _BOUNDARY.match(content_type)
    if boundary is None:
        raise ApiError(400, "Could not parse multipart form.")
    delimiter = b"--" + boundary[1].encode()
    if not body.rstrip().endswith(delimiter + b"--"):
        raise ApiError(400, "Could not parse multipart form.")
    fields, file_name, content = {}, "", b""
    for part in (b"\r\n" + body).split(b"\r\n" + delimiter)[1:-1]:
        head, _, value = part.partition(b"\r\n\r\n")
        name, of_file = _NAME.search(head), _FILE_NAME.search(head)
        if name is None:
            raise ApiError(400, "Could not parse multipart form.")
        if of_file is not None and name[1] == b"file":
            file_name, content = of_file[1].decode(), value
        else:
            fields[name[1].decode()] = value.decode()
    return Upload(fields, file_name, content)
