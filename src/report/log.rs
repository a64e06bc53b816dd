//! An evaluation table as CSV, in the program's own wide layout.

use crate::simulation::table::Table;

/// The table, one row a request.
///
/// # Errors
/// When the system gives no memory to write to.
pub fn csv(table: &Table) -> Result<String, String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let has_costs = table.has_costs();
    let mut header = vec!["request".to_owned(), "segment".to_owned()];
    if !table.prompt_chars.is_empty() {
        header.push("prompt_chars".to_owned());
    }
    header.extend(table.tiers.iter().map(|t| t.name.clone()));
    if has_costs {
        header.extend(table.tiers.iter().map(|t| format!("{}|cost", t.name)));
    }
    header.extend(table.router_scores.iter().map(|r| format!("router|{}", r.name)));
    writer.write_record(&header).map_err(|e| e.to_string())?;
    let at = |values: &[f64], row: usize| values.get(row).map_or_else(String::new, f64::to_string);
    for (row, segment) in table.segment_of.iter().enumerate() {
        let mut fields = vec![(row + 1).to_string()];
        fields.push(table.segments.get(*segment as usize).cloned().unwrap_or_default());
        if !table.prompt_chars.is_empty() {
            fields.push(at(&table.prompt_chars, row));
        }
        fields.extend(table.tiers.iter().map(|t| t.scores.at(row).to_string()));
        if has_costs {
            fields.extend(table.tiers.iter().map(|t| at(&t.costs_usd, row)));
        }
        fields.extend(table.router_scores.iter().map(|r| at(&r.scores, row)));
        writer.write_record(&fields).map_err(|e| e.to_string())?;
    }
    let bytes = writer.into_inner().map_err(|e| e.to_string())?;
    String::from_utf8(bytes).map_err(|e| e.to_string())
}
