import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import ssh2, {
  type AuthContext,
  type Connection,
  type PseudoTtyInfo,
  type ServerChannel,
  type Session,
} from "ssh2";
import { generateSshKeyPair } from "../../src/remote/ssh-keys.ts";

/** Executables that stand in for `sudo` and `docker` on the machine. */
const fixtureBin = join(import.meta.dirname, "../fixtures/bin");

export interface SshServerOptions {
  /** Private host keys; default: a new ed25519 one. */
  readonly hostKeys?: readonly string[];
  /** How many logins are refused before the right key is let in. */
  readonly refuseLogins?: number;
  /** Shown before authentication. */
  readonly banner?: string;
  /** How many TCP connections are closed at once, as by a port forwarder whose machine boots. */
  readonly closeConnections?: number;
  /** Connections to elsewhere are made for clients, as a jump host does. */
  readonly forwards?: boolean;
  /** Files in `directory` that clients reach as Unix sockets, by the path that they ask for. */
  readonly sockets?: Readonly<Record<string, string>>;
  /** Added to the environment of the commands. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A machine as SSH shows it: every command really runs on this host, with /bin/sh, in `directory`. */
export interface SshServer extends AsyncDisposable {
  readonly port: number;
  readonly directory: string;
  /** Public line of its first host key. */
  readonly hostKey: string;
  /** Private key of the one user that is let in. */
  readonly userKey: string;
  readonly seen: Seen;
  /** Closes all connections, as a machine that goes away. */
  drop(): void;
  /** Answers nothing any more, with the connections left open. */
  hang(): void;
}

/** What the server has observed so far. */
export interface Seen {
  connections: number;
  logins: number;
  openChannels: number;
  maxOpenChannels: number;
  readonly commandLines: string[];
  /** Connections to elsewhere that are open now. */
  forwarded: number;
  readonly windows: { readonly columns: number; readonly rows: number; readonly term?: string }[];
  /** TCP connections that are open now. */
  readonly sockets: Set<Socket>;
}

/** Starts a server on a port that the system chooses. */
export async function startSshServer(options: SshServerOptions = {}): Promise<SshServer> {
  const directory = await mkdtemp(join(tmpdir(), "swarmlab-ssh-"));
  const user = generateSshKeyPair("user");
  const hostKeys = [...(options.hostKeys ?? [generateSshKeyPair("host").privateKey])];
  const host = new Host(options, { directory, userPublicKey: user.publicKey });
  const ssh = new ssh2.Server({ hostKeys, ...bannerOf(options) }, (client) => host.welcome(client));
  const tcp = createServer({ noDelay: true }, (socket) => {
    if (host.admit(socket)) ssh.injectSocket(socket);
  });
  await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
  return {
    port: (tcp.address() as AddressInfo).port,
    directory,
    hostKey: publicLineOf(hostKeys[0] ?? ""),
    userKey: user.privateKey,
    seen: host.seen,
    drop: () => host.drop(),
    hang: () => host.hang(),
    async [Symbol.asyncDispose]() {
      tcp.close();
      host.drop();
      host.killAll();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const bannerOf = ({ banner }: SshServerOptions): { banner?: string } =>
  banner === undefined ? {} : { banner };

/** The public line of an OpenSSH private key. */
export function publicLineOf(privateKey: string): string {
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error) throw key;
  return `${key.type} ${key.getPublicSSH().toString("base64")}`;
}

class Host {
  readonly seen: Seen = {
    connections: 0,
    logins: 0,
    openChannels: 0,
    maxOpenChannels: 0,
    commandLines: [],
    forwarded: 0,
    windows: [],
    sockets: new Set(),
  };
  readonly #options: SshServerOptions;
  readonly #home: { readonly directory: string; readonly userPublicKey: string };
  readonly #children = new Set<ChildProcess>();

  constructor(
    options: SshServerOptions,
    home: { readonly directory: string; readonly userPublicKey: string },
  ) {
    this.#options = options;
    this.#home = home;
  }

  admit(socket: Socket): boolean {
    this.seen.connections += 1;
    if (this.seen.connections <= (this.#options.closeConnections ?? 0)) {
      socket.destroy();
      return false;
    }
    this.seen.sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => this.seen.sockets.delete(socket));
    return true;
  }

  welcome(client: Connection): void {
    client.on("error", () => undefined);
    client.on("authentication", (context) => {
      if (this.#letsIn(context)) context.accept();
      else context.reject(["publickey"]);
    });
    client.on("session", (accept) => this.#session(accept()));
    client.on("openssh.streamlocal", (accept, reject, { socketPath }) => {
      const file = this.#options.sockets?.[socketPath];
      if (file === undefined) {
        reject();
        return;
      }
      const path = join(this.#home.directory, file);
      const socket = connect({ path, allowHalfOpen: true }, () => this.#forward(socket, halfOpen(accept())));
      socket.once("error", reject);
    });
    if (this.#options.forwards !== true) return;
    client.on("tcpip", (accept, reject, { destIP, destPort }) => {
      const socket = connect(destPort, destIP, () => this.#forward(socket, accept())).once("error", reject);
    });
  }

  drop(): void {
    for (const socket of this.seen.sockets) socket.destroy();
  }

  hang(): void {
    for (const socket of this.seen.sockets) socket.removeAllListeners("data").pause();
  }

  killAll(): void {
    for (const child of this.#children) killGroup(child);
  }

  #letsIn(context: AuthContext): boolean {
    if (context.method !== "publickey") return false;
    if (!context.key.data.equals(blobOf(this.#home.userPublicKey))) return false;
    this.seen.logins += 1;
    return this.seen.logins > (this.#options.refuseLogins ?? 0);
  }

  #forward(socket: Socket, channel: ServerChannel): void {
    this.seen.forwarded += 1;
    socket.once("close", () => {
      this.seen.forwarded -= 1;
      channel.close();
    });
    channel.once("close", () => socket.destroy());
    socket.pipe(channel).pipe(socket);
  }

  #session(session: Session): void {
    let terminal: PseudoTtyInfo | undefined;
    session.on("pty", (accept, _reject, info) => {
      terminal = info;
      // The field is there; its type leaves it out.
      const term = (info as PseudoTtyInfo & { readonly term: string }).term;
      this.seen.windows.push({ columns: info.cols, rows: info.rows, term });
      accept();
    });
    session.on("window-change", (accept, _reject, info) => {
      this.seen.windows.push({ columns: info.cols, rows: info.rows });
      (accept as (() => void) | undefined)?.();
    });
    session.on("exec", (accept, _reject, info) => {
      this.seen.commandLines.push(info.command);
      this.#execute(["-c", info.command], { channel: accept(), terminal });
    });
    session.on("shell", (accept) => {
      this.#execute([], { channel: accept(), terminal });
    });
  }

  #execute(
    args: readonly string[],
    { channel, terminal }: { readonly channel: ServerChannel; readonly terminal: PseudoTtyInfo | undefined },
  ): void {
    const child = spawn("/bin/sh", args, {
      cwd: this.#home.directory,
      env: this.#env(terminal),
      // A process group of its own, as sshd makes it.
      detached: true,
    });
    this.#children.add(child);
    this.seen.openChannels += 1;
    this.seen.maxOpenChannels = Math.max(this.seen.maxOpenChannels, this.seen.openChannels);
    child.stdin.on("error", () => undefined);
    channel.pipe(child.stdin);
    // A connection that breaks ends stdin, as with sshd.
    channel.once("close", () => child.stdin.end());
    child.stdout.pipe(channel, { end: false });
    child.stderr.pipe(channel.stderr, { end: false });
    child.once("close", (code, signal) => {
      this.#children.delete(child);
      this.seen.openChannels -= 1;
      channel.exit((code ?? signal?.slice(3)) as number);
      channel.end();
    });
  }

  #env(terminal: PseudoTtyInfo | undefined): NodeJS.ProcessEnv {
    const size = terminal ? { COLUMNS: String(terminal.cols), LINES: String(terminal.rows) } : {};
    const path = [fixtureBin, process.env["PATH"]].join(delimiter);
    return { ...process.env, PATH: path, ...size, ...this.#options.env };
  }
}

/** As sshd's: when the other side has ended, it stays open until the client ends it, too; ssh2 closes those of a server. */
function halfOpen(channel: ServerChannel): ServerChannel {
  return Object.assign(channel, { server: false });
}

const blobOf = (line: string): Buffer => Buffer.from(line.split(" ")[1] ?? "", "base64");

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
