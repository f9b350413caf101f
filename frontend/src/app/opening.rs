//! Opening saved runs. Behind the cut ([`super::later`]).

use web_sys::File;

use super::actions::Model;
use crate::components::saved::Saved;
use crate::components::side::Tab;
use crate::connection::{Connection, Link};
use crate::lang::kept;
use crate::playback::Action;
use crate::run_file::{self, Moment, Remark, Run, Unusable};
use crate::source::saved::{self, Given};

impl Model {
    /// Opens a file that a person gave. One that is no run leaves everything as it is.
    pub async fn open_file(self, file: File) {
        let Some(text) = saved::text_of(&file).await else {
            self.not_opened(&file, &Unusable::TooLarge);
            return;
        };
        match run_file::read(&text) {
            Ok((run, remarks)) => {
                saved::forget_link();
                self.show(run, remarks, Some(file.name()));
            }
            Err(why) => self.not_opened(&file, &why),
        }
    }

    fn not_opened(self, file: &File, why: &Unusable) {
        let values = [("name", file.name()), ("reason", why.words())];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        self.notice.set(Some(kept("{name} was not opened. {reason}", &values)));
    }

    /// Opens the run that came with the page, or else listens to the server.
    pub async fn open_given(self, given: Given) {
        let opened = match saved::open(&given).await {
            Ok(text) => run_file::read(&text).map_err(|why| why.words()),
            Err(why) => Err(why.to_owned()),
        };
        match opened {
            Ok((mut run, remarks)) => {
                if let Some(seq) = given.at.filter(|seq| run.cursor.is_none_or(|cursor| cursor.seq != *seq)) {
                    run.cursor = Some(Moment { seq, past: 0 });
                }
                self.show(run, remarks, None);
            }
            Err(why) => {
                self.notice.set(Some(why));
                saved::forget_link();
                if self.connection.with_untracked(|connection| connection.link == Link::Connecting) {
                    self.go_live();
                }
            }
        }
    }

    fn show(self, run: Run, remarks: Vec<Remark>, name: Option<String>) {
        self.live.set(None);
        self.connection.set(Connection::saved(run_file::missing(&run)));
        self.notice.set(None);
        self.files.set(false);
        self.selected.set(None);
        self.focus.set(None);
        self.pending_mode.set(None);
        self.stated_mode.set(None);
        self.tab.update(|tab| *tab = if *tab == Tab::Message { Tab::Steps } else { *tab });
        self.saved.set(Some(Saved { name, count: run.events.len(), partial: run.partial, remarks }));
        self.scene.set(Some(run.scene()));
        self.playback.update(|playback| {
            playback.reset(run.view, 0);
            playback.set_saved(true);
            playback.push_all(run.events);
            playback.command(Action::Pause);
            if let Some(Moment { seq, past }) = run.cursor {
                #[allow(clippy::cast_precision_loss, reason = "a moment lasts no years")]
                playback.stop_at(seq, past as f64);
            }
        });
        self.find();
    }
}
