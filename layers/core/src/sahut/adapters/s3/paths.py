"""Every object key of a knowledge base. None can be built without its KnowledgeRef, and so its tenant."""

from sahut.domain.knowledge import KnowledgeRef, checked_document_name
from sahut.domain.tenant import TenantId

# S3 sends events of this prefix to the knowledge queue (template.yaml).
ORIGINALS = "knowledge/"


def originals(ref: KnowledgeRef) -> str:
    """Prefix of the documents bucket below which a tenant drops its documents."""
    return f"{ORIGINALS}{ref.tenant}/{ref.name}/"


def original(ref: KnowledgeRef, name: str) -> str:
    """Raises: ValueError: no name of a document."""
    return originals(ref) + checked_document_name(name)


def of_original(key: str) -> tuple[KnowledgeRef, str] | None:
    """Knowledge base and document of a key; None for a key that is no document's."""
    parts = key.removeprefix(ORIGINALS).split("/", 2)
    if not key.startswith(ORIGINALS) or len(parts) != 3:
        return None
    try:
        return KnowledgeRef(TenantId(parts[0]), parts[1]), checked_document_name(parts[2])
    except ValueError:
        return None


def snapshot(ref: KnowledgeRef, version: str) -> str:
    """Of the indexes bucket: the index file of a version."""
    return f"versions/{ref.tenant}/{ref.name}/{version}.sqlite"


def manifest(ref: KnowledgeRef, version: str) -> str:
    """Of the indexes bucket: which documents a version was made of."""
    return f"versions/{ref.tenant}/{ref.name}/{version}.documents.json"


def evaluation_set(ref: KnowledgeRef) -> str:
    return f"evaluation/{ref.tenant}/{ref.name}.jsonl"


def build_file(ref: KnowledgeRef, build_id: str, name: str) -> str:
    """Intermediate results; deleted after a week by the bucket's lifecycle."""
    return f"work/{ref.tenant}/{ref.name}/{build_id}/{name}"
