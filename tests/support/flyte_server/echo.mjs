// authhost.test.Echo, all four kinds of call.
export function echo({ calls }) {
  const answer = (call, request, more) => {
    const { attempt = 1, subject = '' } = calls.of(call) ?? {};
    return { text: request.text, payload: request.payload, index: 0, received: 1, attempt, subject, ...more };
  };
  return {
    'authhost.test.Echo': {
      Unary: (call, done) => done(null, answer(call, call.request)),
      ClientStream: (call, done) => {
        const texts = [];
        let last = {};
        call.on('data', (request) => { texts.push(request.text); last = request; });
        call.on('end', () => done(null, answer(call, last, { text: texts.join(','), received: texts.length })));
      },
      ServerStream: (call) => {
        for (let index = 0; index < call.request.count; index += 1) call.write(answer(call, call.request, { index }));
        call.end();
      },
      Bidi: (call) => {
        let index = 0;
        call.on('data', (request) => {
          call.write(answer(call, request, { index, received: index + 1 }));
          index += 1;
        });
        call.on('end', () => call.end());
      },
    },
  };
}
