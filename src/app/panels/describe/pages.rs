//! Models, what a wrong answer costs, ways of routing and of watching.

use eframe::egui::{self, RichText};

use super::super::scenario::face;
use super::{Asked, heading, number, text};
use crate::app::command::Command;
use crate::app::theme;
use crate::describe::{Amount, Answers, MAX_MODELS, Model, Question, Routing, Watch, Watching, typical, usual};
use crate::entry::{typed, written};
use crate::prices::PriceList;
use crate::report::prices::origin;

/// Models of the list that are shown at once.
const MOST_FOUND: usize = 8;

/// Models.
pub fn models(ui: &mut egui::Ui, answers: &mut Answers, list: &PriceList, search: &str, commands: &mut Vec<Command>) {
    ui.label("The models that you have or think of, two at least: a capable one and one that costs less. The order does not matter.");
    let mut gone = None;
    let kinds: Vec<String> =
        answers.request.iter().map(|kind| kind.name.clone()).filter(|name| !name.is_empty()).collect();
    for (index, model) in answers.model.iter_mut().enumerate() {
        ui.push_id(("model", index), |ui| {
            theme::card(ui).show(ui, |ui| {
                ui.set_width(ui.available_width());
                if card(ui, index, model, &kinds, list) {
                    gone = Some(index);
                }
            });
        });
    }
    if let Some(index) = gone {
        answers.model.remove(index);
    }
    heading(ui, "Add from the price list");
    let mut typed = search.to_owned();
    text(ui, "Search the price list", "provider or model", &mut typed);
    if typed != search {
        commands.push(Command::SearchPrices(typed));
    }
    let has_room = answers.model.len() < MAX_MODELS;
    let found = list.search(search);
    for price in found.iter().take(MOST_FOUND) {
        let name = price.name();
        ui.horizontal(|ui| {
            let is_in = answers.model.iter().any(|model| model.list.as_deref() == Some(name.as_str()));
            let add = ui.add_enabled(has_room && !is_in, egui::Button::new("Add").small());
            add.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::Button, has_room && !is_in, format!("Add {name}"))
            });
            if add.clicked() {
                answers.model.push(Model { list: Some(name.clone()), ..Model::default() });
            }
            ui.label(&name);
            ui.label(
                RichText::new(format!(
                    "{} in, {} out",
                    written(price.input_usd_per_mtok),
                    written(price.output_usd_per_mtok)
                ))
                .weak(),
            );
        });
    }
    if found.len() > MOST_FOUND {
        ui.label(RichText::new(format!("and {} more: search for part of a name", found.len() - MOST_FOUND)).weak());
    }
    ui.label(RichText::new(format!("USD per million tokens. {}", origin(list))).weak().small());
    if ui.add_enabled(has_room, egui::Button::new("Add a model with a price of its own")).clicked() {
        let name = format!("Model {}", answers.model.len() + 1);
        let own = Model {
            name: Some(name),
            input_usd_per_mtok: Some(1.0),
            output_usd_per_mtok: Some(5.0),
            ..Model::default()
        };
        answers.model.push(own);
    }
    heading(ui, "Length, or the bill");
    number(
        ui,
        &Asked {
            label: "Input tokens of a request",
            usual: typical::INPUT_TOKENS,
            range: [1.0, 1e7],
            unit: "",
            instead: "",
        },
        &mut answers.input_tokens,
    );
    number(
        ui,
        &Asked {
            label: "Output tokens of an answer",
            usual: typical::OUTPUT_TOKENS,
            range: [1.0, 1e7],
            unit: "",
            instead: "",
        },
        &mut answers.output_tokens,
    );
    ui.label(RichText::new("Or the bill of a month: the length then follows from it.").weak());
    let bill = Asked {
        label: "Bill of 30 days with the best model for everything",
        usual: 10_000.0,
        range: [0.01, 1e11],
        unit: "USD",
        instead: "by the length",
    };
    number(ui, &bill, &mut answers.bill_usd_per_month);
}

/// One model. Whether it is to go.
fn card(ui: &mut egui::Ui, index: usize, model: &mut Model, kinds: &[String], list: &PriceList) -> bool {
    let mut is_gone = false;
    let called = model.list.clone().or_else(|| model.name.clone()).unwrap_or_default();
    ui.horizontal(|ui| {
        match (&model.list, &mut model.name) {
            (None, Some(name)) => text(ui, &format!("Name of model {}", index + 1), "its name", name),
            _ => {
                ui.label(RichText::new(&called).strong());
            }
        }
        if let Some(price) = model.list.as_deref().and_then(|name| list.find(name)) {
            let prices =
                format!("{} USD in, {} USD out", written(price.input_usd_per_mtok), written(price.output_usd_per_mtok));
            ui.label(RichText::new(prices).weak());
        }
        let remove = ui.button("Remove");
        remove.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Remove {called}")));
        is_gone = remove.clicked();
    });
    if model.list.is_none() {
        let price = |label| Asked { label, usual: 1.0, range: [0.0, 1e5], unit: "USD per million tokens", instead: "" };
        number(ui, &price("Input price"), &mut model.input_usd_per_mtok);
        number(ui, &price("Output price"), &mut model.output_usd_per_mtok);
    }
    let label = format!("Good answers of model {}", index + 1);
    number(
        ui,
        &Asked { label: &label, usual: 90.0, range: [1.0, 99.5], unit: "%", instead: "by its price" },
        &mut model.good_percent,
    );
    if !kinds.is_empty() {
        egui::CollapsingHeader::new(format!("By kind of request, model {}", index + 1)).id_salt("kinds").show(
            ui,
            |ui| {
                for kind in kinds {
                    let mut good = model.good_percent_by_kind.get(kind).copied();
                    let label = format!("Model {} on {kind}", index + 1);
                    number(
                        ui,
                        &Asked { label: &label, usual: 90.0, range: [1.0, 99.5], unit: "%", instead: "by its price" },
                        &mut good,
                    );
                    match good {
                        Some(good) => model.good_percent_by_kind.insert(kind.clone(), good),
                        None => model.good_percent_by_kind.remove(kind),
                    };
                }
            },
        );
    }
    is_gone
}

/// What a wrong answer costs.
pub fn wrong_answers(ui: &mut egui::Ui, answers: &mut Answers) {
    ui.label("What follows from a wrong answer. A range is fine, and so is not to know: then a usual range is taken.");
    for question in Question::ALL {
        ui.push_id(question.told(), |ui| amount(ui, *question, question.of_mut(&mut answers.wrong_answer)));
    }
}

fn amount(ui: &mut egui::Ui, question: Question, amount: &mut Option<Amount>) {
    let told = question.told();
    let title: String = told.chars().take(1).flat_map(char::to_uppercase).chain(told.chars().skip(1)).collect();
    heading(ui, &title);
    let ([low, high], why) = usual(question);
    let (unit, most) = if question.is_chance() { (" %", 100.0) } else { (" USD", 1e9) };
    let forms = ["Don't know", "A number", "A range"];
    let form = match amount {
        Some(Amount::Number(_)) => 1,
        Some(Amount::Between(_)) => 2,
        Some(Amount::Words(_)) | None => 0,
    };
    ui.horizontal_wrapped(|ui| {
        let mut chosen = form;
        for (place, label) in forms.iter().enumerate() {
            let radio = ui.radio_value(&mut chosen, place, *label);
            radio.widget_info(|| {
                egui::WidgetInfo::selected(egui::Role::RadioButton, true, chosen == place, format!("{label}: {told}"))
            });
        }
        if chosen != form {
            *amount = match chosen {
                1 => Some(Amount::Number(middle(low, high))),
                2 => Some(Amount::Between([low, high])),
                _ => Some(Amount::unknown()),
            };
        }
        let drag = |ui: &mut egui::Ui, value: &mut f64, what: &str| {
            let field = egui::DragValue::new(value).range(0.0..=most).speed(high * 0.005).max_decimals(4).suffix(unit);
            let field = field.custom_formatter(face::written).custom_parser(typed);
            let name = format!("{what}: {told}");
            ui.add(field).widget_info(|| egui::WidgetInfo::labeled(egui::Role::SpinButton, true, &name));
        };
        match amount {
            Some(Amount::Number(value)) => drag(ui, value, "Number"),
            Some(Amount::Between([from, to])) => {
                drag(ui, from, "From");
                ui.label("to");
                drag(ui, to, "To");
            }
            Some(Amount::Words(_)) | None => {
                let incident = matches!(question, Question::IncidentChance | Question::IncidentUsd);
                let taken = if incident && amount.is_none() {
                    "Not counted unless you say so.".to_owned()
                } else {
                    format!("{} to {}{unit}: {why}.", written(low), written(high))
                };
                ui.label(RichText::new(taken).weak());
            }
        }
    });
}

fn middle(low: f64, high: f64) -> f64 {
    let middle = (low * high).sqrt();
    let unit = 10_f64.powf(middle.log10().floor() - 1.0);
    (middle / unit).round() * unit
}

/// Ways of routing.
pub fn routing(ui: &mut egui::Ui, answers: &mut Answers) {
    ui.label(
        "The ways to compare with sending everything to the best model. Nothing ticked by you: the usual ones are.",
    );
    let before = answers.routing.clone().unwrap_or_else(|| Routing::USUAL.to_vec());
    let mut after = before.clone();
    for way in Routing::ALL {
        let mut ticked = before.contains(way);
        if ui.checkbox(&mut ticked, way.told()).changed() {
            after.retain(|other| other != way);
            after.extend(ticked.then_some(*way));
        }
        ui.label(RichText::new(way.help()).weak().small());
    }
    if after != before {
        answers.routing = Some(after);
    }
}

/// Ways of watching.
pub fn watching(ui: &mut egui::Ui, answers: &mut Answers) {
    ui.label("How you would notice today that answers have become worse. Tick what is in place.");
    let watch = |kind| Watch { kind, labels_a_day: None };
    let [read, graded] = typical::LABELS_A_DAY;
    let before = answers.watch.clone().unwrap_or_else(|| Watching::USUAL.map(watch).to_vec());
    let mut after = before.clone();
    for kind in Watching::ALL {
        let mut ticked = before.iter().any(|watch| watch.kind == *kind);
        if ui.checkbox(&mut ticked, kind.told()).changed() {
            after.retain(|watch| watch.kind != *kind);
            after.extend(ticked.then(|| watch(*kind)));
        }
        ui.label(RichText::new(kind.help()).weak().small());
        if kind.has_labels()
            && let Some(own) = after.iter_mut().find(|watch| watch.kind == *kind)
        {
            let label = format!("Answers a day: {}", kind.told().to_lowercase());
            let usual = if *kind == Watching::JudgeModel { graded } else { read };
            ui.indent(label.as_str(), |ui| {
                number(
                    ui,
                    &Asked { label: &label, usual, range: [1.0, 1e6], unit: "", instead: "" },
                    &mut own.labels_a_day,
                );
            });
        }
    }
    if after != before {
        answers.watch = Some(after);
    }
}
