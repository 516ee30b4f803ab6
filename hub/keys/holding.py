"""Which vault holds the private keys of a hub, as its settings say, and what a backup takes along of it."""

from collections.abc import Iterable, Mapping

from hub.config.folder import HubFolder
from hub.keys.module import ModuleVault
from hub.keys.module_token import Place
from hub.keys.ring import RingVault
from hub.keys.vault import FileVault, KeyVault


def vault_of(folder: HubFolder) -> KeyVault:
    """The vault of a hub.

    Raises:
        ConfigError: Its secret is not there, or there is no keyring, or no such module.
    """
    files, known = FileVault(folder.path / "keys" / "own", folder.keys_secret), folder.settings.keys
    if known.vault == "file":
        return files
    if known.vault == "pkcs11":
        return ModuleVault(Place(known.module, known.token, folder.module_pin), files)
    return RingVault(folder.settings.hub.name, folder.keys_secret, files)


def beside_files(folder: HubFolder, kids: Iterable[str]) -> Mapping[str, bytes]:
    """Those of the named keys that lie outside the folder, each as the file that it would be.

    Raises:
        ConfigError: The keyring does not answer.
    """
    vault = vault_of(folder)
    if not isinstance(vault, RingVault):
        return {}
    return {f"{kid}.pem": pem for kid in kids if (pem := vault.pem(kid)) is not None}
