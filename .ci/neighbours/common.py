"""What the checks with other people's programs share: where those programs are installed, both doubles, and questions to the pool.

A check is a script of its own beside this file. It runs with any Python 3.10 or later; start() moves it into an environment that has
Microsoft's driver, by which it looks at the tables. Everything is installed into NEIGHBOURS_DIR, or a folder of the user's cache.
"""
import atexit
import ctypes.util
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

here = pathlib.Path(__file__).resolve().parent
root = here.parent.parent
versions = dict(re.findall(r"^([^#\s=]+)=(\S+)", (here / "versions").read_text(), re.M))
home = pathlib.Path(os.environ.get("NEIGHBOURS_DIR") or
                    pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "intercomdw-neighbours")
name = pathlib.Path(sys.argv[0]).name
failures = []


def say(*words):
    print(name + ":", *words, flush=True)


class Missing(SystemExit):
    """A program cannot be had: ends the check, or the part of it that catches this."""


def skip(why):
    """Ends the check, or a part of it, without a verdict of its own."""
    say("skipped,", why)
    raise Missing(1 if failures else 0)


def each(*parts):
    """Runs the parts of a check that need different programs; one that cannot be had leaves the others."""
    for part in parts:
        try:
            part()
        except Missing:
            pass


def start(*packages):
    """Moves the script into an environment that has Microsoft's driver and the packages, and gives it a folder for its files."""
    if os.environ.get("NEIGHBOURS_STARTED") != name:
        driver_libraries()
        python = python_of("mssql-python", *packages) / "python"
        os.environ["NEIGHBOURS_STARTED"] = name
        os.execv(python, [str(python), "-B", *sys.argv])
    work = pathlib.Path(tempfile.mkdtemp(prefix="neighbours-"))
    atexit.register(shutil.rmtree, work, ignore_errors=True)
    return work


def python_of(*packages, instead=()):
    """The folder of programs of an environment that holds the packages of PyPI, in the versions pinned. Those of instead are taken in their pinned
    versions though the packages ask for others: for programs that are held to a version which newer Pythons cannot have. Skips when there is no way
    to them."""
    want = [f"{p}=={versions[p.partition('[')[0]]}" for p in (*packages, *instead)]
    env = home / re.sub(r"[^\w.=-]+", "_", "+".join(want))
    if not (env / "complete").exists():
        shutil.rmtree(env, ignore_errors=True)
        env.parent.mkdir(parents=True, exist_ok=True)
        install, first = [env / "bin/pip", "install", "--quiet", "--disable-pip-version-check"], len(packages) if instead else None
        for step in [sys.executable, "-m", "venv", env], [*install, *["--no-deps"] * bool(instead), *want[:first]], None:
            if step is None and instead:
                step = [*install, *want[first:], *(r for p in packages for r in requirements(env, p) if not re.match(rf"({'|'.join(instead)})\b", r))]
            done = subprocess.run(step, stderr=subprocess.PIPE, text=True) if step else done
            if done.returncode:
                shutil.rmtree(env, ignore_errors=True)
                skip(f"{', '.join(want)} cannot be installed: {done.stderr.strip().splitlines()[-1:]}")
        (env / "complete").touch()
    say("runs with", ", ".join(want))
    return env / "bin"


def requirements(env, package):
    """What an installed package asks for, without its extras."""
    ask = f"import importlib.metadata as m; print(*(r for r in m.requires({package!r}) or () if 'extra ==' not in r), sep='\\n')"
    return subprocess.run([env / "bin/python", "-c", ask], capture_output=True, text=True, check=True).stdout.split("\n")[:-1]


def install(*packages):
    """Installs Debian's packages where that can be done."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        for step in ["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]:
            subprocess.run(["apt-get", *step], env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def debian(program, *packages):
    """Whether there is a program, installed from Debian's packages when it is not and that can be done."""
    path = os.environ["PATH"] + ":/usr/sbin"
    if not shutil.which(program, path=path):
        install(*packages)
    return shutil.which(program, path=path)


def driver_libraries():
    """Installs the libraries that Microsoft's driver wants beside what comes with it; a machine may have them already."""
    if not all(ctypes.util.find_library(library) for library in ("ltdl", "krb5", "gssapi_krb5")):
        install("libltdl7", "libkrb5-3", "libgssapi-krb5-2")


def npm_of(package):
    """The folder of programs of an npm package in the version pinned."""
    version = versions[package]
    if not shutil.which("npm"):
        skip("no npm")
    folder = home / f"{package.replace('/', '_')}={version}"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        done = subprocess.run(["npm", "install", "--prefix", folder, "--no-audit", "--no-fund", "--loglevel=error", f"{package}@{version}"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            shutil.rmtree(folder, ignore_errors=True)
            skip(f"{package}@{version} cannot be installed: {done.stderr.strip().splitlines()[-1:]}")
        (folder / "complete").touch()
    say("runs with", f"{package}@{version}")
    return folder / "node_modules/.bin"


def check(what, got, want):
    """Notes a difference; finish() fails with it."""
    if got != want:
        failures.append(what)
        say(f"FAILED {what}\n    got  {got!r}\n    want {want!r}")


def finish():
    if failures:
        say(f"{len(failures)} of the checks failed")
        sys.exit(1)
    say("passed")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Ours:
    """Our programs and doubles, built once per check."""

    def __init__(self, work, *names):
        self.work, self.bin, self.running = work, work / "bin", []
        folders = {"emulator": "./target-azuresqldw/emulator", "simulator": "./tap-intercom/simulator"}
        subprocess.run(["go", "build", "-tags", "urfave_cli_no_docs", "-o", f"{self.bin}/", *(folders.get(n, "./" + n) for n in names)], cwd=root, check=True)
        self.tap, self.target = str(self.bin / "tap-intercom"), str(self.bin / "target-azuresqldw")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        for process in self.running:
            process.wait()

    def serve(self, sign, log, *command, timeout=60, **more):
        """Starts a program, waits for a line of its output that matches, gives the match."""
        log = self.work / log
        with open(log, "w") as out:
            process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, **more)
        self.running.append(process)
        for _ in range(timeout * 10):
            found = re.search(sign, log.read_text(), re.M)
            if found:
                return found
            if process.poll() is not None:
                break
            time.sleep(0.1)
        sys.exit(f"{name}: {command[0]} did not start:\n{log.read_text()}")

    def simulator(self, *flags):
        """Starts a workspace; gives the settings of tap-intercom for it."""
        url = self.serve(r"^listening on (\S+)$", "simulator.log", self.bin / "simulator", "--changes", "0", *flags)[1]
        return {"access_token": "any", "base_url": url, "start_date": "2015-01-01T00:00:00Z", "log_level": "warning"}

    def emulator(self):
        """Starts a pool and a storage account; gives the settings of target-azuresqldw for them."""
        text = self.serve(r"(?s)\A.*^ready$", "emulator.log", self.bin / "emulator")[0]
        settings = json.loads(re.search(r"(?s)settings of target-azuresqldw:\n(\{.*?^\})", text, re.M)[1])
        return settings | {"default_target_schema": "landed", "log_level": "warning"}

    def config(self, file, settings):
        path = self.work / file
        path.write_text(json.dumps(settings))
        return str(path)


def postgres(ours):
    """Starts Debian's PostgreSQL, for user loader; gives its port and a function that sends SQL and gives lines. Nothing when there is none.
    It refuses to run as root: then it runs as the user that Debian makes for it."""
    debian("psql", "postgresql")
    initdb = shutil.which("initdb") or max(map(str, pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")), default=None)
    if not initdb:
        return say("PostgreSQL: skipped, there is none")
    programs, user = pathlib.Path(os.path.realpath(initdb)).parent, {}
    if os.geteuid() == 0:
        try:
            user = {"user": pwd.getpwnam("postgres").pw_uid, "group": pwd.getpwnam("postgres").pw_gid}
        except KeyError:
            return say("PostgreSQL: skipped, no user postgres to run it")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="neighbours-pg-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if user:
        os.chown(folder, user["user"], user["group"])
    say("runs with", subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True).stdout.strip())
    subprocess.run([programs / "initdb", "-D", folder / "data", "-U", "loader", "-A", "trust", "-E", "UTF8", "--no-sync"], check=True,
                   stdout=subprocess.DEVNULL, cwd="/", **user)
    port = free_port()
    ours.serve("ready to accept connections", "postgres.log", programs / "postgres", "-D", folder / "data", "-k", folder, "-h", "127.0.0.1",
               "-p", str(port), "-c", "fsync=off", cwd="/", **user)

    def ask(text):
        return subprocess.run([programs / "psql", "-h", "127.0.0.1", "-p", str(port), "-U", "loader", "-d", "postgres", "-qAtF", "\t", "-c", text],
                              capture_output=True, text=True, check=True).stdout.splitlines()
    return port, ask


def mariadb(ours):
    """Starts Debian's MariaDB, for user loader without a password; gives its port and a function that sends SQL and gives lines. Nothing when there
    is none."""
    install, server = debian("mariadb-install-db", "mariadb-server"), debian("mariadbd", "mariadb-server")
    if not install or not server:
        return say("MariaDB: skipped, there is none")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="neighbours-my-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    user = []
    if os.geteuid() == 0:
        user = ["--user=mysql"]
        shutil.chown(folder, "mysql")
    say("runs with", subprocess.run([server, "--version"], capture_output=True, text=True).stdout.strip())
    subprocess.run([install, "--no-defaults", *user, f"--datadir={folder}/data", "--auth-root-authentication-method=normal", "--skip-test-db"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    port = free_port()
    ours.serve("ready for connections", "mariadb.log", server, "--no-defaults", *user, f"--datadir={folder}/data", f"--socket={folder}/socket",
               "--bind-address=127.0.0.1", f"--port={port}", f"--pid-file={folder}/pid", "--character-set-server=utf8mb4")

    def ask(text):
        return subprocess.run(["mariadb", "--no-defaults", f"--socket={folder}/socket", "-u", "root", "-BN", "--default-character-set=utf8mb4", "-e", text],
                              capture_output=True, text=True, check=True).stdout.splitlines()
    ask("CREATE USER loader@'127.0.0.1'; GRANT ALL ON *.* TO loader@'127.0.0.1'")
    return port, ask


def pipe(ours, settings, who, command, pipeline, state=None, **more):
    """Runs a tap into our target, from a state or from the beginning; gives the last state and the messages that the tap sent."""
    if state is not None:
        command = [*command, "--state", ours.config(f"{pipeline}.state.json", state)]
    tap = subprocess.run(command, capture_output=True, text=True, **more)
    check(f"{who}: exit code", (tap.returncode, tap.stderr[-2000:] if tap.returncode else ""), (0, ""))
    done = subprocess.run([ours.target, "--config", ours.config(f"{pipeline}.json", settings | {"pipeline": pipeline})],
                          input=tap.stdout, capture_output=True, text=True)
    check(f"{who}: exit code of the target", (done.returncode, done.stderr if done.returncode else ""), (0, ""))
    if failures:
        finish()
    return json.loads(done.stdout.strip().split("\n")[-1]), [json.loads(line) for line in tap.stdout.strip().split("\n")]


def records(messages):
    return sum(m["type"] == "RECORD" for m in messages)


class Pool:
    """The emulator as Microsoft's driver sees it."""

    def __init__(self, settings):
        import mssql_python
        self.namespace = settings["default_target_schema"]
        self.connection = mssql_python.connect(
            f"Server={settings['host']},{settings['port']};Database={settings['database']};UID={settings['user']};PWD={settings['password']};"
            "Encrypt=yes;TrustServerCertificate=yes;", autocommit=True)

    def ask(self, text, *values):
        cursor = self.connection.cursor()
        cursor.execute(text, values) if values else cursor.execute(text)
        return [tuple(row) for row in cursor.fetchall()]

    def tables(self):
        """Names of the tables that hold data, without the target's own."""
        return sorted(t for t, in self.ask("SELECT t.name FROM sys.tables t JOIN sys.schemas s ON s.schema_id = t.schema_id WHERE s.name = ?", self.namespace)
                      if t not in ("_sdc_state", "_sdc_loads", "_sdc_columns", "_sdc_rejected", "_sdc_shared"))

    def columns(self, table):
        """Columns with their types, without the target's _sdc_ columns of every table."""
        own = {"_sdc_extracted_at", "_sdc_received_at", "_sdc_batched_at", "_sdc_sequence", "_sdc_table_version", "_sdc_pipeline", "_sdc_deleted_at"}
        types = {}
        for column, kind, length, precision, scale in self.ask(
                "SELECT COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE FROM INFORMATION_SCHEMA.COLUMNS "
                "WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION", self.namespace, table):
            if column in own:
                continue
            if kind == "nvarchar":
                kind = f"nvarchar({'max' if length == -1 else length})"
            if kind == "decimal":
                kind = f"decimal({precision},{scale})"
            types[column] = kind
        return types

    def rows(self, table, *columns):
        """The rows of a table, in the order of the columns named."""
        quoted = ", ".join("[" + c.replace("]", "]]") + "]" for c in columns)
        return self.ask(f"SELECT {quoted} FROM [{self.namespace}].[{table.replace(']', ']]')}] ORDER BY {quoted}")

    def count(self, table):
        return self.ask(f"SELECT COUNT_BIG(*) FROM [{self.namespace}].[{table.replace(']', ']]')}]")[0][0]

    def counts(self):
        return {t: self.count(t) for t in self.tables()}
