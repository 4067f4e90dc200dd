// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_model_entries_h
#define nodal_source_couple_model_entries_h

#include <nodal/core/parameters.h>

#include <functional>
#include <string>

namespace nodal
{
  /// The entries `Model` and `Force` of what uses a model that was trained on
  /// one problem, and what it says where that is another one.
  class ModelEntries
  {
  public:
    /// @p what is the model, as "corrector".
    explicit ModelEntries(const std::string &what) : what(what)
    {
    }

    /// @p others are, in words, what it may be used in spite of.
    void add_parameters(Parameters &prm, const std::string &others);

    /// Look for a relative name in @p output_folder first, and @p read the
    /// folder. Throws BadInput at the entry.
    void load(const std::string &output_folder,
              const std::function<void(const std::string &)> &read);

    /// Throw BadInput unless @p here is @p trained, or that is forced.
    void check_problem(const std::string &here,
                       const std::string &trained) const;

    /// Throw BadInput unless @p here is @p trained up to a share @p tolerance,
    /// or that is forced. @p of says of what, as in "steps of".
    void check(const std::string &of, double here, double trained,
               double tolerance) const;

    /// Throws BadInput: "The corrector in 'folder' is for " and @p why.
    [[noreturn]] void refuse(const std::string &why) const;

  private:
    const std::string what;
    std::string folder = "model", section;
    bool is_forced = false;
  };
} // namespace nodal

#endif
