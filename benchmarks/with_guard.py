"""Judge templates by two rules in Guard's language: `with_guard.py TEMPLATE…`, a line for each template.

They ask the little of image functions that can be said in it: no intrinsic function is evaluated, no policy read.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from cfn_guard_rs import run_checks

RULES: Final = r"""
let functions = Resources.*[ Type == 'AWS::Lambda::Function' ]

rule image_functions when %functions !empty {
  %functions[ Properties.PackageType == 'Image' ] {
    Properties.Runtime !exists
    Properties.Handler !exists
    Properties.Layers !exists
    Properties.Architectures !empty
  }
}

rule image_references when %functions !empty {
  %functions.Properties.Code.ImageUri[ this is_string ] {
    this == /^[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\/[a-z0-9._\/-]+[:@].+$/
    this != /:latest$/
  }
}
"""

for template in sys.argv[1:]:
    print(template, run_checks(json.loads(Path(template).read_bytes()), RULES).status)
