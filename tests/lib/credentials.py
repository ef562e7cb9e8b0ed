# SPDX-License-Identifier: BSD-2-Clause
"""Files of credentials, which nobody but their owner may read."""

import hashlib
import os


def write(path, text, mode=0o600):
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


def write_tokens(path, tokens, vm=""):
    """What [auth] tokens names, for {role: token}; the agent's is for `vm` alone, where that is given."""
    lines = [f"{role} {role}-1 {hashlib.sha256(token.encode()).hexdigest()} {vm if role == 'agent' else ''}\n"
             for role, token in tokens.items()]
    return write(path, "# role name digest\n\n" + "".join(lines))
