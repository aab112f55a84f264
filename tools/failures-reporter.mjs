// Playwright's list says why a test failed only after all others: here the reason stands beside it, where a log is cut.
export default class FailuresReporter {
  onTestEnd(_test, result) {
    for (const { message } of result.errors) process.stdout.write(`${message}\n`)
  }
  printsToStdio() {
    return false
  }
}
