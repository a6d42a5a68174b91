// Rows in and out of SQLite, and the SQL texts for them, all from the lists in fields.hpp.
// Private to the store. Thread rule: as the Database they work on. Invariant: column n of a SELECT is the n-th visited field.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/store/fields.hpp"
#include "host/store/settings_json.hpp"
#include "host/store/sqlite.hpp"

namespace stratdock::store {

// The columns and statements of one row type.
struct RowSql {
  std::string columns;  // "a,b,c"
  std::string select;   // "SELECT a,b,c FROM t "
  std::string insert;
  std::string upsert;   // a row of the same key is replaced
};

namespace detail {

struct Names {
  std::string columns, values, keys, updates;
  int count = 0;
  void add(const char* name, bool is_key) {
    columns += (count == 0 ? "" : ",") + std::string("\"") + name + "\"";
    values += (count == 0 ? "?" : ",?") + std::to_string(count + 1);
    ++count;
    const std::string quoted = std::string("\"") + name + "\"";
    if (is_key) {
      keys += (keys.empty() ? "" : ",") + quoted;
    } else {
      updates += (updates.empty() ? "" : ",") + quoted + "=excluded." + quoted;
    }
  }
  template <typename T> void operator()(const char* name, const T&) { add(name, false); }
  template <typename T> void key(const char* name, const T&) { add(name, true); }
  template <typename T> void settings(const char* name, const T&) { add(name, false); }
  void id(const char* name, int64_t) { add(name, true); }
  void reference(const char* name, int64_t) { add(name, false); }
  void rev(int64_t) { add("rev", false); }
};

struct Binder {
  Statement& statement;
  int64_t stamped_rev;
  int next = 1;
  template <typename T> void operator()(const char*, const T& value) { statement.bind(next++, value); }
  template <typename T> void operator()(const char* name, const std::optional<T>& value) {
    if (value) return (*this)(name, *value);
    statement.bind_null(next++);
  }
  template <typename T> void key(const char* name, const T& value) { (*this)(name, value); }
  void settings(const char*, const BotSettings& value) { statement.bind(next++, std::string_view(settings_json(value))); }
  void id(const char* name, int64_t value) { reference(name, value); }
  void reference(const char*, int64_t value) {
    if (value == 0) return statement.bind_null(next++);
    statement.bind(next++, value);
  }
  void rev(int64_t) { statement.bind(next++, stamped_rev); }
};

struct Reader {
  Statement& statement;
  int next = 0;
  void operator()(const char*, int64_t& value) { value = statement.integer(next++); }
  void operator()(const char*, double& value) { value = statement.real(next++); }
  void operator()(const char*, std::string& value) { value = statement.text(next++); }
  void operator()(const char*, Decimal& value) { value = statement.decimal(next++); }
  template <typename T> void operator()(const char* name, std::optional<T>& value) {
    if (statement.is_null(next)) {
      value.reset();
      ++next;
    } else {
      (*this)(name, value.emplace());
    }
  }
  template <typename T> void key(const char* name, T& value) { (*this)(name, value); }
  void settings(const char* name, BotSettings& value) {
    Result<BotSettings> parsed = settings_from_json(statement.text(next++));
    if (parsed) {
      value = std::move(*parsed);
    } else {
      statement.mark_damaged(std::string("column ") + name + ": " + parsed.error().message);
    }
  }
  void id(const char*, int64_t& value) { value = statement.integer(next++); }
  void reference(const char*, int64_t& value) { value = statement.integer(next++); }  // NULL reads as 0
  void rev(int64_t& value) { value = statement.integer(next++); }
};

}  // namespace detail

template <typename Row>
const RowSql& row_sql() {
  static const RowSql sql = [] {
    detail::Names names;
    const Row row{};
    Fields<Row>::each(row, names);
    const std::string table = Fields<Row>::table;
    RowSql made;
    made.columns = names.columns;
    made.select = "SELECT " + names.columns + " FROM " + table + " ";
    made.insert = "INSERT INTO " + table + "(" + names.columns + ") VALUES(" + names.values + ")";
    made.upsert = made.insert + " ON CONFLICT(" + names.keys + ") DO UPDATE SET " + names.updates;
    return made;
  }();
  return sql;
}

// Runs the row type's insert or upsert. The id that a new row got is database.last_insert_id().
template <typename Row>
Status write_row(Database& database, const std::string& sql, const Row& row, int64_t rev = 0) {
  Result<Statement> statement = database.statement(sql);
  if (!statement) return tl::unexpected<Error>(statement.error());
  detail::Binder binder{*statement, rev};
  Fields<Row>::each(row, binder);
  return statement->run();
}

// Every row of a statement that selects row_sql<Row>().columns.
template <typename Row>
Result<std::vector<Row>> read_rows(Statement& statement) {
  std::vector<Row> rows;
  for (;;) {
    const Result<bool> found = statement.step();
    if (!found) return tl::unexpected<Error>(found.error());
    if (!*found) return rows;
    detail::Reader reader{statement};
    Fields<Row>::each(rows.emplace_back(), reader);
  }
}

}  // namespace stratdock::store
