// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/attachment.h>
#include <nodal/core/coordinates.h>

#include <memory>
#include <utility>

namespace nodal
{
  namespace
  {
    constexpr const char *coordinates_name = "nodal coordinates";

    /// Coordinates, or what makes them.
    struct LazyCoordinates
    {
      std::function<Coordinates()> make;
      Coordinates made;
    };
  } // namespace

  void attach_coordinates(Mat A, std::function<Coordinates()> make)
  {
    auto lazy = std::make_shared<LazyCoordinates>();
    lazy->make = std::move(make);
    attach(A, coordinates_name, lazy);
  }

  const Coordinates *coordinates_of(Mat A)
  {
    auto *const lazy =
        static_cast<LazyCoordinates *>(attached(A, coordinates_name));
    if (!lazy)
      return nullptr;
    if (lazy->make)
    {
      lazy->made = lazy->make();
      lazy->make = nullptr;
    }
    return &lazy->made;
  }
} // namespace nodal
