"""What a Docker repository holds: an entry for each manifest that was pushed, with its tags.

The registry keeps the bytes; which manifests and tags there are is decided here, so that Docker's protocol and
Artifact Registry's API never disagree. An entry is `dockerImages/IMAGE@DIGEST` below its repository, a slash in IMAGE
being `%2F` (artifactregistry.projects.locations.repositories.dockerImages).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

from localcloud.clock import timestamp
from localcloud.errors.api import aip_not_found, invalid, tag_immutable
from localcloud.resources.call import Call, handles
from localcloud.store.path import ResourcePath
from localcloud.store.store import Document, Resource, Transaction

_PREFIX = "artifactregistry.projects.locations.repositories.dockerImages"
_PLATFORM = {"architecture": "architecture", "os": "os", "os.version": "osVersion", "variant": "variant"}


@handles(f"{_PREFIX}.list")
def list_images(call: Call) -> Document:
    """dockerImages.list: every manifest of a repository. Differs: `orderBy` is refused."""
    if call.parameters.get("orderBy"):
        raise invalid(f"orderBy is '{call.parameters['orderBy']}'; the local cloud lists images by name only")
    _, project, location_word, location, _, name = str(call.parameters["parent"]).split("/")
    path = ResourcePath("artifactregistry", project, f"{location_word}/{location}", "repositories", name)
    repository = call.transaction.get(path)
    if repository is None:
        raise aip_not_found(path.relative)
    found = [image.body for image in _images(call.transaction, repository)]
    return {"dockerImages": found} if found else {}


@handles(f"{_PREFIX}.get")
def get_image(call: Call) -> Document:
    """dockerImages.get."""
    _, project, location_word, location, _, repository, _, last = str(call.parameters["name"]).split("/", 7)
    path = ResourcePath("artifactregistry", project, f"{location_word}/{location}", "repositories", repository)
    image, _, digest = unquote(last).rpartition("@")
    found = call.transaction.get(_path(path, image, digest))
    if found is None:
        raise aip_not_found(str(call.parameters["name"]))
    return found.body


def record_image(
    transaction: Transaction,
    repository: Resource,
    image: str,
    digest: str,
    manifest: Document,
    now: float,
    *,
    media_type: str,
    tag: str = "",
) -> Resource:
    """Note a manifest that was pushed, and move the tag to it.

    Args:
        transaction: of the push.
        repository: of the image.
        image: path below the repository.
        digest: `sha256:…` of the manifest.
        manifest: the manifest itself.
        now: cloud time in seconds since the epoch.
        media_type: as pushed.
        tag: empty when the manifest was pushed by digest.

    Raises:
        ApiError: 400 when the repository's tags are immutable and another manifest has this one.
    """
    require_movable_tag(transaction, repository, image, digest, tag)
    path = _path(repository.path, image, digest)
    before = transaction.get(path)
    moment = timestamp(now)
    fresh = {
        "name": path.relative,
        "uri": f"{repository.body['registryUri']}/{image}@{digest}",
        "imageSizeBytes": str(_size(transaction, repository, image, manifest)),
        "uploadTime": moment,
        "updateTime": moment,
        "mediaType": media_type,
        **_described(manifest),
    }
    body = {**fresh, **(before.body if before else {}), "updateTime": moment}
    kept = transaction.put(path, body, {"image": image, "digest": digest})
    if not tag:
        return kept
    remove_tag(transaction, repository, image, tag)
    tags = sorted({*body.get("tags", ()), tag})
    return transaction.put(path, body | {"tags": tags})


def require_movable_tag(transaction: Transaction, repository: Resource, image: str, digest: str, tag: str) -> None:
    """Refuse a tag that another manifest has, where tags are immutable.

    Raises:
        ApiError: 400.
    """
    holder = find_image(transaction, repository, image, tag) if tag else None
    if holder and image_digest(holder) != digest and _tags_are_immutable(repository):
        raise tag_immutable(tag)


def find_image(transaction: Transaction, repository: Resource, image: str, reference: str) -> Resource | None:
    """The manifest that a digest or a tag names, or None."""
    if ":" in reference:
        return transaction.get(_path(repository.path, image, reference))
    found = _images(transaction, repository, image)
    return next((entry for entry in found if reference in entry.body.get("tags", ())), None)


def image_digest(entry: Resource) -> str:
    """Digest of an entry's manifest."""
    return str(entry.internal["digest"])


def image_tags(transaction: Transaction, repository: Resource, image: str) -> list[str] | None:
    """Every tag of an image in order; None when nothing of that name was pushed."""
    found = _images(transaction, repository, image)
    return sorted(tag for entry in found for tag in entry.body.get("tags", ())) if found else None


def remove_tag(transaction: Transaction, repository: Resource, image: str, tag: str) -> None:
    """Take a tag away from whichever manifest has it; nothing happens when none has."""
    holder = find_image(transaction, repository, image, tag)
    if holder is not None:
        body = {key: value for key, value in holder.body.items() if key != "tags"}
        tags = [other for other in holder.body["tags"] if other != tag]
        transaction.put(holder.path, body | ({"tags": tags} if tags else {}))


def remove_image(transaction: Transaction, repository: Resource, image: str, reference: str) -> None:
    """Remove a tag, or a manifest with its tags.

    Raises:
        ApiError: 400 when that takes a tag away and the repository's tags are immutable.
    """
    found = find_image(transaction, repository, image, reference)
    if found is None:
        return
    tags = found.body.get("tags", [])
    if tags and _tags_are_immutable(repository):
        raise tag_immutable(tags[0] if ":" in reference else reference)
    if ":" in reference:
        transaction.delete(found.path)
    else:
        remove_tag(transaction, repository, image, reference)


def delete_images(transaction: Transaction, repository: Resource) -> None:
    """Forget everything that was pushed to a repository."""
    for image in _images(transaction, repository):
        transaction.delete(image.path)


def _images(transaction: Transaction, repository: Resource, image: str | None = None) -> list[Resource]:
    path = repository.path
    collection = f"{path.collection}/{path.name}/dockerImages"
    found = transaction.list(path.service, collection, project=path.project, location=path.location)
    return [entry for entry in found if image is None or entry.internal["image"] == image]


def _path(repository: ResourcePath, image: str, digest: str) -> ResourcePath:
    return repository.child("dockerImages", f"{quote(image, safe='')}@{digest}")


def _tags_are_immutable(repository: Resource) -> bool:
    return bool(repository.body.get("dockerConfig", {}).get("immutableTags"))


def _size(transaction: Transaction, repository: Resource, image: str, manifest: Document) -> int:
    """Bytes of configuration and layers; an index has those of the images it names."""
    parts = [manifest.get("config", {}), *manifest.get("layers", ())]
    size = sum(int(part.get("size", 0)) for part in parts)
    named = (
        transaction.get(_path(repository.path, image, str(child.get("digest"))))
        for child in manifest.get("manifests", ())
    )
    return size + sum(int(child.body["imageSizeBytes"]) for child in named if child)


def _described(manifest: Document) -> Document:
    """`artifactType` and `imageManifests`, where the manifest has them."""
    shown: Document = {"artifactType": manifest["artifactType"]} if manifest.get("artifactType") else {}
    if manifest.get("manifests"):
        shown["imageManifests"] = [_image_manifest(child) for child in manifest["manifests"]]
    return shown


def _image_manifest(child: dict[str, Any]) -> Document:
    platform = child.get("platform", {})
    shown = {name: platform[key] for key, name in _PLATFORM.items() if platform.get(key)}
    return {"digest": child.get("digest", ""), "mediaType": child.get("mediaType", ""), **shown}
