// The official Go client: `cases URL PAGES LARGE MISSING TRANSACTIONS`, `spooled URL PAGES` or `cancel URL SQL`.
package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/trinodb/trino-go-client/trino"
)

type totals struct {
	Rows int64 `json:"rows"`
	Sum  int64 `json:"sum"`
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func open(address string, more string) *sql.DB {
	dsn := strings.Replace(address, "http://", "http://go@", 1) + "?catalog=tpch&schema=tiny&source=go-test" + more
	db, err := sql.Open("trino", dsn)
	must(err)
	return db
}

func sum(db *sql.DB, query string) totals {
	rows, err := db.Query(query)
	must(err)
	defer rows.Close()
	columns, err := rows.Columns()
	must(err)
	values := make([]any, len(columns))
	var first int64
	values[0] = &first
	for i := 1; i < len(values); i++ {
		values[i] = new(any)
	}
	var all totals
	for rows.Next() {
		must(rows.Scan(values...))
		all.Rows++
		all.Sum += first
	}
	must(rows.Err())
	return all
}

func transactions(db *sql.DB, wanted int) int {
	done := 0
	for range wanted {
		err := func() error {
			tx, err := db.Begin()
			if err != nil {
				return err
			}
			for _, query := range []string{"SELECT count(*) FROM nation", "SELECT 2"} {
				var value int64
				if err := tx.QueryRow(query).Scan(&value); err != nil {
					return err
				}
			}
			return tx.Commit()
		}()
		if err == nil {
			done++
		} else {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	return done
}

func name(err error) string {
	var failed *trino.ErrTrino
	if errors.As(err, &failed) {
		return failed.ErrorName
	}
	if err == nil {
		return "none"
	}
	return err.Error()
}

func cancel(db *sql.DB, query string) {
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		bufio.NewReader(os.Stdin).ReadString('\n')
		stop()
	}()
	rows, err := db.QueryContext(ctx, query)
	if err == nil {
		for rows.Next() {
		}
		rows.Close()
	}
}

func main() {
	db := open(os.Args[2], "")
	if os.Args[1] == "cancel" {
		cancel(db, os.Args[3])
		return
	}
	if os.Args[1] == "spooled" {
		must(json.NewEncoder(os.Stdout).Encode([]totals{sum(db, os.Args[3]), sum(db, os.Args[3])}))
		return
	}
	var one, x, prepared, property, session string
	must(db.QueryRow("SELECT 1, 'x'").Scan(&one, &x))
	must(db.QueryRow("SELECT ? + 1", 41).Scan(&prepared))
	set := open(os.Args[2], "&session_properties=query_max_run_time%3A77m")
	var preset, kind, about string
	must(set.QueryRow("SHOW SESSION LIKE 'query_max_run_time'").Scan(&property, &session, &preset, &kind, &about))
	direct := open(os.Args[2], "&session_properties=spooling_enabled%3Afalse")
	wanted, err := strconv.Atoi(os.Args[6])
	must(err)
	_, missing := db.Query(os.Args[5])
	must(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"simple":       []string{one, x},
		"pages":        sum(direct, os.Args[3]),
		"large":        sum(direct, os.Args[4]),
		"prepared":     prepared,
		"transactions": transactions(db, wanted),
		"session":      session,
		"error":        name(missing),
	}))
}
