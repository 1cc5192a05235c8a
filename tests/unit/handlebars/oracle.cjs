// What handlebars.js itself makes of a template: the oracle of these tests.
//
//   node oracle.cjs FOLDER    reads requests {template, data, strict, separate}, one a line, and answers each with a
//                             line {output} or {error}; FOLDER holds node_modules/handlebars
//
// It renders under noEscape. `separate` writes every value out as String() gives it, where noEscape adds numbers that
// touch ({{a}}{{b}} of 1 and 2 is 3).
"use strict";

const path = require("path");
const readline = require("readline");

const Handlebars = require(path.resolve(process.argv[2], "node_modules", "handlebars"));

// Only asked for what a template marks as escaped, and under noEscape nothing is.
Handlebars.Utils.escapeExpression = (value) => (value == null ? "" : String(value));

class MarkEscaped extends Handlebars.Visitor {
  MustacheStatement(mustache) {
    mustache.escaped = true;
  }
}

function render({ template, data, strict = false, separate = false }) {
  try {
    const handlebars = Handlebars.create();
    handlebars.log = () => undefined;
    let source = template;
    if (separate) {
      source = handlebars.parse(template);
      new MarkEscaped().accept(source);
    }
    return { output: handlebars.compile(source, { noEscape: !separate, strict })(data) };
  } catch (problem) {
    return { error: String(problem.message) };
  }
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(JSON.stringify(render(JSON.parse(line))) + "\n");
});
