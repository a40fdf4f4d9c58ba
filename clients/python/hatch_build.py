"""Makes the stubs of the contract at every build: from the checkout, or from the copy in a source archive."""

from pathlib import Path
from typing import Any

import grpc_tools
from grpc_tools import protoc
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Stubs(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        proto = next(folder for folder in (root / "proto", root.parents[1] / "proto") if folder.is_dir())
        well_known = Path(grpc_tools.__file__).parent / "_proto"
        sources = map(str, sorted(proto.glob("triglot/v1/*.proto")))
        kinds = ("python", "grpc_python", "mypy", "mypy_grpc")
        outputs = [f"--{kind}_out={root / 'src'}" for kind in kinds]
        if protoc.main(["protoc", f"-I{proto}", f"-I{well_known}", *outputs, *sources]) != 0:
            raise RuntimeError("the contract does not compile")
