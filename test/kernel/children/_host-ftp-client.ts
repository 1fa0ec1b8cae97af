import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { DataCommand, Endpoint, Fetched, Greeting } from '../_host-role.js';
import { accept } from './_host-ftp.js';
import { freshPort } from './_host-ports.js';

/** Fetches the file of a server, over a data connection that one of the two opens. */
export async function fetchFile(
  from: string,
  to: Endpoint,
  command: DataCommand,
): Promise<Fetched> {
  const port = freshPort();
  const control = connect({ host: to.address, port: to.port, localAddress: from, localPort: port });
  const lines = createInterface({ input: control })[Symbol.asyncIterator]();
  const expect = async (code: string): Promise<string> => {
    const { value, done } = await lines.next();
    if (done || !value.startsWith(`${code} `)) throw new Error(`${value} instead of ${code}`);
    return value.slice(4);
  };
  const say = (line: string, code: string): Promise<string> => {
    control.write(`${line}\r\n`);
    return expect(code);
  };
  try {
    const server = await expect('220');
    await say('USER anonymous', '230');
    const data = await arrange(command, from, to, say);
    await say('RETR file', '150');
    const fetched = await read(await data());
    await expect('226');
    await say('QUIT', '221');
    return { server, port, ...fetched };
  } finally {
    control.destroy();
  }
}

type Say = (line: string, code: string) => Promise<string>;

/** Agrees with the server on who connects to whom; what is returned waits until that is done. */
async function arrange(
  command: DataCommand,
  from: string,
  to: Endpoint,
  say: Say,
): Promise<() => Promise<Socket>> {
  switch (command) {
    case 'PASV': {
      const numbers = (await say('PASV', '227')).match(/\d+/g) ?? [];
      const [high = 0, low = 0] = numbers.slice(4).map(Number);
      return () => callBack(from, numbers.slice(0, 4).join('.'), high * 256 + low);
    }
    case 'EPSV': {
      const [port] = (await say('EPSV', '229')).match(/\d+/) ?? [];
      return () => callBack(from, to.address, Number(port));
    }
    case 'PORT':
    case 'EPRT': {
      const port = freshPort();
      const listener = createServer().listen(port, from);
      await once(listener, 'listening');
      const accepted = accept(listener);
      accepted.catch(() => {});
      const family = from.includes(':') ? 2 : 1;
      const numbers = [...from.split('.'), port >> 8, port & 255].join(',');
      await say(command === 'PORT' ? `PORT ${numbers}` : `EPRT |${family}|${from}|${port}|`, '200');
      return () => accepted;
    }
  }
}

async function callBack(localAddress: string, host: string, port: number): Promise<Socket> {
  const data = connect({ host, port, localAddress, localPort: freshPort() });
  await once(data, 'connect');
  return data;
}

async function read(data: Socket): Promise<Omit<Fetched, 'server' | 'port'>> {
  const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = data;
  let text = '';
  for await (const chunk of data) text += String(chunk);
  return {
    data: JSON.parse(text.slice(0, text.indexOf('\n'))) as Greeting,
    bytes: text.length,
    near: { address: localAddress, port: localPort },
    far: { address: remoteAddress, port: remotePort },
  };
}
