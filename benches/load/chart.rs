//! Draws lines over two axes that begin at zero.

use std::path::Path;

use plotters::prelude::*;

use super::Result;

/// Width and height in pixels.
const SIZE: (u32, u32) = (760, 400);
/// What an axis is longer than its largest value.
const ROOM: f64 = 1.05;

pub struct Chart<'a> {
    pub title: &'a str,
    pub x: &'a str,
    pub y: &'a str,
    pub lines: Vec<Line>,
}

pub struct Line {
    pub name: String,
    pub points: Vec<(f64, f64)>,
}

/// Writes a chart as SVG.
pub fn draw(path: &Path, chart: &Chart<'_>) -> Result<()> {
    let points = || chart.lines.iter().flat_map(|line| &line.points);
    let end = |value: fn(&(f64, f64)) -> f64| points().map(value).fold(0.0, f64::max) * ROOM;
    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut plane = ChartBuilder::on(&area)
        .caption(chart.title, ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(56)
        .build_cartesian_2d(0.0..end(|point| point.0), 0.0..end(|point| point.1))?;
    plane.configure_mesh().max_light_lines(1).x_desc(chart.x).y_desc(chart.y).draw()?;
    for (number, line) in chart.lines.iter().enumerate() {
        let colour = Palette99::pick(number).to_rgba();
        let style = colour.stroke_width(2);
        plane
            .draw_series(LineSeries::new(line.points.iter().copied(), style))?
            .label(&line.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
    }
    plane
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    area.present()?;
    Ok(())
}
