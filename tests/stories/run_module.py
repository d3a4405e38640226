"""Runs one module file as Ansible's runner does: arguments as JSON on standard input, the result on standard output.

Usage: python run_module.py library/gcp_x.py < '{"ANSIBLE_MODULE_ARGS": {...}}'
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import ansible.module_utils

if __name__ == "__main__":
    module = Path(sys.argv[1]).resolve()
    ansible.module_utils.__path__.append(str(module.parent.parent / "module_utils"))
    sys.argv = [str(module)]
    runpy.run_path(str(module), run_name="__main__")
