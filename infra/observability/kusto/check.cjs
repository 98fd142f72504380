// Reads a JSON object of queries by name from standard input, and prints what Kusto's language service has to say of
// them against the tables of Application Insights: a JSON list of {query, start, severity, message}.
require('@kusto/language-service-next/bridge.min.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
const fs = require('node:fs');
const path = require('node:path');

const { KustoCode, GlobalState, Symbols } = Kusto.Language;

function applicationInsights() {
  const declared = JSON.parse(fs.readFileSync(path.join(__dirname, 'tables.json'), 'utf8'));
  const tables = Object.entries(declared).map(([name, columns]) =>
    Symbols.TableSymbol.From(`(${columns})`).WithName(name));
  const database = new Symbols.DatabaseSymbol.ctor('insights', System.Array.init(tables, Symbols.Symbol));
  return GlobalState.Default.WithDatabase(database);
}

const globals = applicationInsights();
const told = [];
for (const [query, text] of Object.entries(JSON.parse(fs.readFileSync(0, 'utf8')))) {
  const diagnostics = KustoCode.ParseAndAnalyze(text, globals).GetDiagnostics();
  for (let index = 0; index < diagnostics.Count; index += 1) {
    const found = diagnostics.getItem(index);
    told.push({ query, start: found.Start, severity: found.Severity, message: found.Message });
  }
}
process.stdout.write(JSON.stringify(told));
