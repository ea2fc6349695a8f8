"""The documents of a knowledge base, their progress, and what a tenant decided about the base."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.knowledge_items import (
    Fields,
    document_from,
    document_item,
    settings_from,
    settings_item,
)
from sahut.adapters.dynamodb.table import ConditionFailed, Tables, Write
from sahut.adapters.dynamodb.wire import Value, text_of
from sahut.domain.errors import NotFound
from sahut.domain.knowledge import Document, DocumentState, KnowledgeRef, KnowledgeSettings
from sahut.domain.knowledge_diff import Indexed, Original
from sahut.domain.tenant import TenantId


def document_id(name: str) -> str:
    """Names may be longer than a key and hold anything; 32 hex digits stand for them."""
    return sha256(name.encode(errors="replace")).hexdigest()[:32]


class DocumentStore:
    """Reads and writes of the Registry table about documents."""

    def __init__(self, tables: Tables, table: str) -> None:
        self._tables = tables
        self._table = table

    # ── the knowledge base itself ─────────────────────────────────────────────────────────────────
    def settings(self, ref: KnowledgeRef) -> KnowledgeSettings:
        """The defaults where nobody decided anything."""
        return settings_from(self._tables.get(self._table, keys.knowledge_settings(ref)) or {})

    def decide(self, ref: KnowledgeRef, settings: KnowledgeSettings, now: float) -> None:
        """Stores what the tenant wants, and lists the base so that the schedule finds it."""
        self._tables.write(
            Write(self._table, keys.knowledge_settings(ref), put=settings_item(settings)),
            self._listing(ref, now),
        )

    def list_base(self, ref: KnowledgeRef, now: float) -> None:
        self._tables.write(self._listing(ref, now))

    def _listing(self, ref: KnowledgeRef, now: float) -> Write:
        """refresh_at is kept when it is there: asking again must not postpone a refresh."""
        return Write(
            self._table,
            keys.knowledge_base_of(ref.tenant, ref.name),
            update="SET tenant_id = :tenant, #name = :name, refresh_at = if_not_exists(refresh_at, :now)",
            names={"#name": "name"},
            values={":tenant": str(ref.tenant), ":name": ref.name, ":now": now},
        )

    def bases(self, tenant: TenantId | None = None) -> Iterator[KnowledgeRef]:
        """All knowledge bases of a tenant, or of all."""
        for item in self._bases():
            if tenant is None or text_of(item, "tenant_id") == str(tenant):
                yield KnowledgeRef(TenantId(text_of(item, "tenant_id")), text_of(item, "name"))

    def due(self, now: float) -> list[KnowledgeRef]:
        """Bases whose sources want a look."""
        return [
            KnowledgeRef(TenantId(text_of(item, "tenant_id")), text_of(item, "name"))
            for item in self._bases()
            if isinstance(at := item.get("refresh_at"), int | float) and at <= now
        ]

    def refresh_at(self, ref: KnowledgeRef, at: float) -> None:
        self._tables.write(
            Write(
                self._table,
                keys.knowledge_base_of(ref.tenant, ref.name),
                update="SET refresh_at = :at",
                values={":at": at},
            )
        )

    def _bases(self) -> Iterator[Fields]:
        first, last = keys.all_knowledge_bases()
        yield from self._tables.query(self._table, first.pk, first.sk, last.sk)

    # ── documents ─────────────────────────────────────────────────────────────────────────────────
    def documents(self, ref: KnowledgeRef) -> list[Document]:
        """All of them, by name."""
        first, last = keys.document(ref, ""), keys.document(ref, "~")
        found = map(document_from, self._tables.query(self._table, first.pk, first.sk, last.sk))
        return sorted(found, key=lambda document: document.name)

    def document(self, ref: KnowledgeRef, name: str) -> Document:
        item = self._tables.get(self._table, keys.document(ref, document_id(name)))
        if item is None:
            raise NotFound("document of this name")
        return document_from(item)

    def put(self, ref: KnowledgeRef, document: Document) -> None:
        key = keys.document(ref, document_id(document.name))
        self._tables.write(Write(self._table, key, put=document_item(document)))

    def found(self, ref: KnowledgeRef, original: Original, before: str, now: float) -> None:
        self._set(
            ref,
            original.name,
            "attribute_not_exists(pk) OR etag = :before",
            {":before": before},
            name=original.name,
            state=DocumentState.PARSING.value,
            bytes=original.bytes,
            etag=original.etag,
            passages=0,
            reason="",
            detail="",
            notes=(),
            done={},
            updated_at=now,
        )

    def as_before(self, ref: KnowledgeRef, document: Indexed, version: str, now: float) -> None:
        state = DocumentState.FAILED if document.reason else DocumentState.INDEXED
        self._set(
            ref,
            document.name,
            "etag = :content",
            {":content": document.etag},
            state=state.value,
            content_sha256=document.content_sha256,
            object_version=document.object_version,
            passages=document.passages,
            reason=document.reason,
            detail=document.told,
            notes=document.notes,
            done={"before": document.passages},
            version=version if document.passages else "",
            updated_at=now,
        )

    def forget(self, ref: KnowledgeRef, name: str) -> None:
        self._tables.write(Write(self._table, keys.document(ref, document_id(name)), delete=True))

    def change(self, ref: KnowledgeRef, name: str, now: float, **fields: str | int | Sequence[str]) -> bool:
        """Sets fields of a document that is still listed; False when it was deleted meanwhile."""
        return self._set(ref, name, "attribute_exists(pk)", {}, updated_at=now, **fields)

    def _set(self, ref: KnowledgeRef, name: str, condition: str, values: Fields, /, **fields: Value) -> bool:
        """Sets fields of a document and no others; False when the condition does not hold."""
        try:
            self._tables.write(
                Write(
                    self._table,
                    keys.document(ref, document_id(name)),
                    update="SET " + ", ".join(f"#{field} = :{field}" for field in fields),
                    condition=condition,
                    names={f"#{field}": field for field in fields},
                    values=values | {f":{field}": value for field, value in fields.items()},
                )
            )
        except ConditionFailed:
            return False
        return True

    def embedded(self, ref: KnowledgeRef, name: str, shard: str, passages: int) -> None:
        """Notes how many passages of a document this shard has embedded so far."""
        try:
            self._tables.write(
                Write(
                    self._table,
                    keys.document(ref, document_id(name)),
                    update="SET #done.#shard = :passages",
                    condition="attribute_exists(#done) AND #state = :embedding",
                    names={"#done": "done", "#shard": shard, "#state": "state"},
                    values={":passages": passages, ":embedding": DocumentState.EMBEDDING.value},
                )
            )
        except ConditionFailed:
            return  # deleted or replaced meanwhile: nobody asks any more
