// The port: its connections, grpc-js behind it, and web pages where a gRPC server should be.
import http2 from 'node:http2';
import net from 'node:net';
import { readFileSync } from 'node:fs';
import grpc from '@grpc/grpc-js';
import { callHeader } from './calls.mjs';

// grpc-js shows neither a header that came twice nor the connection of a call. The HTTP/2 server inside, of the pinned version, does.
class GrpcServer extends grpc.Server {
  constructor(options, onStream) {
    super(options);
    this.onStream = onStream;
  }

  createHttp2Server(credentials) {
    const server = super.createHttp2Server(credentials);
    server.prependListener('stream', (stream, headers, _flags, raw) => this.onStream(stream, headers, raw));
    return server;
  }
}

function page(behaviour, response) {
  const { status = 200, location, body = '<!doctype html><title>Sign in</title><h1>Sign in</h1><form action="/login"></form>' } =
    typeof behaviour.html === 'object' ? behaviour.html ?? {} : {};
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', ...(location && { location }) });
  response.end(body);
}

export class Endpoint {
  connections = []; // {id, open, calls}, in order
  port = 0;
  #sockets = new Map(); // the client's port -> {socket, connection}
  #behaviour;
  #injector;
  #pages;
  #listener;

  constructor(calls, certificates, wantsClientCertificate, behaviour) {
    this.#behaviour = behaviour;
    this.grpc = new GrpcServer({ interceptors: [calls.intercept], 'grpc.max_receive_message_length': -1 }, (stream, headers, raw) => {
      const { socket, connection } = this.#sockets.get(stream.session.socket.remotePort);
      connection.calls += 1;
      const drop = () => { stream.session.destroy(); socket.destroy(); };
      headers[callHeader] = String(calls.arrived(raw, { id: connection.id, drop }));
    });
    const onRequest = (_request, response) => page(behaviour, response);
    if (certificates) {
      const [key, cert, ca] = [certificates.key, certificates.certificate, certificates.ca].map((file) => readFileSync(file));
      const pair = { private_key: key, cert_chain: cert };
      this.#injector = this.grpc.createConnectionInjector(grpc.ServerCredentials.createSsl(ca, [pair], wantsClientCertificate));
      this.#pages = http2.createSecureServer({ key, cert, allowHTTP1: true }, onRequest);
    } else {
      this.#injector = this.grpc.createConnectionInjector(grpc.ServerCredentials.createInsecure());
      this.#pages = http2.createServer(onRequest);
    }
    this.#pages.on('sessionError', () => {});
  }

  async listen(port) {
    if (this.#listener) return;
    this.#listener = net.createServer((socket) => this.#accept(socket));
    await new Promise((resolve, reject) => this.#listener.once('error', reject).listen(port, '127.0.0.1', resolve));
    this.port = this.#listener.address().port;
  }

  // Nobody listens on the port afterwards.
  async close() {
    if (!this.#listener) return;
    const closed = new Promise((resolve) => this.#listener.close(resolve));
    this.#listener = undefined;
    this.disconnect();
    await closed;
  }

  disconnect() {
    for (const { socket } of this.#sockets.values()) socket.destroy();
  }

  #accept(socket) {
    const { remotePort } = socket;
    const connection = { id: this.connections.length, open: true, calls: 0 };
    this.connections.push(connection);
    this.#sockets.set(remotePort, { socket, connection });
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => {
      connection.open = false;
      this.#sockets.delete(remotePort);
    });
    if (this.#behaviour.html) this.#pages.emit('connection', socket);
    else this.#injector.injectConnection(socket);
  }
}
