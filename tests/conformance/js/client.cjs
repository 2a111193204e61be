// What the official JavaScript client (apache/openwhisk-client-js) makes of a platform, as one JSON document.
// __OW_API_HOST and __OW_API_KEY say where and as whom, __OW_APIGW_TOKEN and __OW_APIGW_SPACE_GUID with which routes.
const openwhisk = require('openwhisk')

async function until (look) {
  for (let tries = 0; tries < 300; tries++) {
    try {
      return await look()
    } catch (error) { // records are stored asynchronously
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }
  return look()
}

async function refusal (call) {
  try {
    await call()
  } catch (error) {
    return { name: error.name, message: error.message, statusCode: error.statusCode }
  }
}

async function main () {
  const ow = openwhisk({ ignore_certs: true })
  const name = 'conformance/greet'
  const { activationId } = await ow.actions.invoke({ name, params: { name: 'Grace' } })
  const seen = {
    namespaces: await ow.namespaces.list(),
    packages: await ow.packages.list(),
    actions: await ow.actions.list({ limit: 200 }),
    action: await ow.actions.get({ name }),
    blocking: await ow.actions.invoke({ name, blocking: true, params: { name: 'Ada' } }),
    result: await ow.actions.invoke({ name, blocking: true, result: true }),
    activationId,
    activation: await until(() => ow.activations.get({ name: activationId })),
    logs: await until(() => ow.activations.logs({ name: activationId })),
    activationResult: await ow.activations.result({ name: activationId }),
    activations: await ow.activations.list({ name, limit: 5 }),
    missing: await refusal(() => ow.actions.get({ name: 'conformance/nothing' })),
    failing: await refusal(() => ow.actions.invoke({ name: 'conformance/misbehave', blocking: true, params: { way: 'text' } })),
    triggers: await ow.triggers.list(),
    rules: await ow.rules.list()
  }
  await ow.actions.update({ name: 'conformance_js', action: 'def main(args): return {"n": 1}', kind: 'python:3.11' })
  seen.updated = await ow.actions.invoke({ name: 'conformance_js', blocking: true, result: true })
  seen.deleted = await ow.actions.delete({ name: 'conformance_js' })
  if (process.argv.includes('routes')) seen.routes = await ow.routes.list()
  console.log(JSON.stringify(seen))
}

main().catch(error => {
  console.error(error)
  process.exit(1)
})
