package api

import (
	"encoding/csv"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

// export answers with the days, or the senders, as a file for a spreadsheet. Times are whole seconds, and a cell without a figure is empty.
func (h *insights) export(c *gin.Context) error {
	ctx := c.Request.Context()
	table := c.DefaultQuery("table", "days")
	if table != "days" && table != "senders" {
		return invalidField("query.table", "expected days or senders")
	}
	in, err := h.counted(ctx, c.Query("from"), c.Query("to"), c.Query("zone"))
	if err != nil {
		return err
	}
	rows := in.dayRows()
	if table == "senders" {
		rows = in.senderRows()
	}
	c.Header("Content-Type", "text/csv; charset=utf-8")
	c.Header("Content-Disposition", `attachment; filename="parlor-`+table+`-`+in.From+`-`+in.To+`.csv"`)
	c.Status(http.StatusOK)
	_ = csv.NewWriter(c.Writer).WriteAll(rows) // the reader is gone
	return nil
}

func (in Insights) dayRows() [][]string {
	rows := [][]string{{"date", "inbound", "outbound", "first_replies", "median_seconds", "p90_seconds", "missed_windows"}}
	for _, d := range in.Days {
		row := append([]string{d.Date, strconv.Itoa(d.Inbound), strconv.Itoa(d.Outbound)}, d.FirstReplies.cells()...)
		rows = append(rows, append(row, strconv.Itoa(d.MissedWindows)))
	}
	return rows
}

func (in Insights) senderRows() [][]string {
	rows := [][]string{{"kind", "user_id", "name", "replies", "first_replies", "median_seconds", "p90_seconds"}}
	for _, s := range in.Senders {
		row := []string{s.Kind, "", "", strconv.Itoa(s.Replies)}
		if s.Member != nil {
			row[1], row[2] = s.Member.UserID, inert(s.Member.Name)
		}
		rows = append(rows, append(row, s.FirstReplies.cells()...))
	}
	return rows
}

func (f FirstReplies) cells() []string {
	cells := []string{strconv.Itoa(f.Count), "", ""}
	if f.MedianSeconds != nil && f.P90Seconds != nil {
		cells[1], cells[2] = strconv.Itoa(*f.MedianSeconds), strconv.Itoa(*f.P90Seconds)
	}
	return cells
}

func describeInsightsExport(op *huma.Operation) {
	op.Parameters = []*huma.Param{
		queryParam("from", "The first day, as 2026-11-01"), queryParam("to", "The last day; at most 366 days in all"),
		queryParam("zone", "A name of the IANA time zone database"), queryParam("table", "days or senders"),
	}
	respond(op, http.StatusOK, "One line each, under a line of names", "text/csv", &huma.Schema{Type: "string"})
}
